import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { connectPostgres, type PostgresDatabase } from '@polystore/db-core/sql'
import {
  createIdentitySigner,
  createLogger,
  databaseOptions,
  identityHeader,
  readConfig,
  type Identity,
  type Service,
} from '@polystore/service-kit'
import { createPostgresDatabase } from '@polystore/testing'
import type { LightMyRequestResponse as InjectResponse } from 'fastify'
import { z } from 'zod'
import { buildApp } from '../src/app.ts'
import { authConfig } from '../src/config.ts'
import { createDependencies } from '../src/dependencies.ts'
import { session, type Session } from '../src/sessions/session-schemas.ts'
import { applyMigrations } from './apply-migrations.ts'

export const goodPassword = 'correct horse battery staple'
export const internalSecret = 'internal-secret-of-the-auth-tests-0123'
export const keyEncryptionSecret = 'key-encryption-secret-of-the-auth-tests'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Call {
  readonly as?: Identity
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface AuthFixture {
  readonly url: string
  readonly database: PostgresDatabase
  readonly service: Service
  /** Everything logged so far, at every level. */
  logs(): string
  call(method: Method, path: string, call?: Call): Promise<InjectResponse>
  /** Registers a customer with `goodPassword`. */
  register(overrides?: Readonly<Record<string, unknown>>): Promise<Session>
  /** Another replica over the same database. */
  replica(environment?: Readonly<Record<string, string>>): Promise<Service>
  stop(): Promise<void>
}

const problem = z.looseObject({
  type: z.string(),
  status: z.number(),
  errors: z.array(z.looseObject({ pointer: z.string().optional() })).optional(),
})

/** Variables of a test: cheap hashes, everything logged. */
export function testEnvironment(url: string): Record<string, string> {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'trace',
    INTERNAL_SECRET: internalSecret,
    KEY_ENCRYPTION_SECRET: keyEncryptionSecret,
    DATABASE_URL: url,
    // Nobody there: what is told waits in the outbox.
    ORDERS_URL: 'http://127.0.0.1:1',
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_TIME: '1',
    SQL_ECHO: 'true',
  }
}

/** The auth service over a fresh, migrated database. */
export async function startAuth(environment: Readonly<Record<string, string>> = {}): Promise<AuthFixture> {
  const created = await createPostgresDatabase()
  const { url } = created
  await applyMigrations(url)
  const lines: string[] = []
  const services: Service[] = []
  const logger = createLogger({ name: 'auth', level: 'trace', destination: collect(lines) })
  const database = connectPostgres(url, { ...databaseOptions(readConfig(authConfig, testEnvironment(url)), 'auth'), logger })
  const replica = async (more: Readonly<Record<string, string>> = {}): Promise<Service> => {
    const config = readConfig(authConfig, { ...testEnvironment(url), ...environment, ...more })
    const dependencies = await createDependencies(config, database)
    const service = await buildApp(config, dependencies, { logDestination: collect(lines) })
    services.push(service)
    return service
  }
  const service = await replica()
  const call = (method: Method, path: string, options: Call = {}): Promise<InjectResponse> => callService(service, method, path, options)
  return {
    url,
    database,
    service,
    logs: () => lines.join(''),
    call,
    replica,
    register: async (overrides = {}) => {
      const body = { email: `${randomUUID()}@example.com`, password: goodPassword, fullName: 'Ada Lovelace', ...overrides }
      return session.parse((await call('POST', '/auth/register', { body })).json())
    },
    stop: async () => {
      for (const started of services) await started.close()
      await database.close()
      await created.drop()
    },
  }
}

/** One request with a signed identity: an anonymous one unless said otherwise. */
export function callService(service: Service, method: Method, path: string, call: Call = {}): Promise<InjectResponse> {
  const { as = { kind: 'anonymous' }, body, headers = {} } = call
  return service.inject({
    method,
    url: path,
    headers: {
      [identityHeader]: createIdentitySigner(internalSecret)(as),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

export function asUser(id: string, roles: readonly ('customer' | 'staff' | 'admin')[] = ['customer']): Identity {
  return { kind: 'user', id, roles: [...roles], tokenId: randomUUID() }
}

/** Status and slug of a problem, and the parts of the body it names. */
export function readProblem(response: InjectResponse): { status: number; slug: string; pointers: (string | undefined)[] } {
  const { type, status, errors = [] } = problem.parse(response.json())
  if (!String(response.headers['content-type']).startsWith('application/problem+json')) throw new Error('not a problem document')
  if (status !== response.statusCode) throw new Error('the document has another status than the answer')
  return { status, slug: type.replace('/problems/', ''), pointers: errors.map((error) => error.pointer) }
}

function collect(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
}
