import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { createIdentitySigner, identityHeader, type Identity } from '@polystore/service-kit'
import { z } from 'zod'
import type { Walk } from './walk.ts'

const secret = 'internal-secret-of-the-migrations-page'
const session = z.object({ user: z.object({ id: z.string() }) })
const profile = z.object({ phoneNumber: z.string().nullable(), version: z.int() })

export interface WalkAuth {
  /** Registers a user, gives it a telephone number, and answers what is read back. */
  setPhoneNumber(phoneNumber: string): Promise<string | null>
  stop(): Promise<void>
}

/** The auth service of the walk as a process of its own, listening and not yet ready. */
export async function startWalkAuth(walk: Walk, url: string): Promise<WalkAuth> {
  const secrets = { INTERNAL_SECRET: secret, KEY_ENCRYPTION_SECRET: secret }
  const env = { ...walk.env, ...secrets, NODE_ENV: 'test', LOG_LEVEL: 'info', ORDERS_URL: 'http://127.0.0.1:1' }
  const cost = { ARGON2_MEMORY_KIB: '1024', ARGON2_TIME: '1', HOST: '127.0.0.1', PORT: new URL(url).port }
  const child = spawn(process.execPath, [path.join(walk.folder, 'apps/auth/src/server.ts')], { env: { ...env, ...cost } })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('auth listens')) break
  child.stdout.resume()
  return {
    setPhoneNumber: (phoneNumber) => setPhoneNumber(url, phoneNumber),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function setPhoneNumber(url: string, phoneNumber: string): Promise<string | null> {
  const registered = await call(url, 'POST', '/auth/register', {
    as: { kind: 'anonymous' },
    body: { email: 'ada@example.com', username: 'Ada', fullName: 'Ada Lovelace', password: 'correct horse battery staple' },
  })
  const { id } = session.parse(registered).user
  const as: Identity = { kind: 'user', id, roles: ['customer'], tokenId: id }
  const { version } = profile.parse(await call(url, 'GET', '/users/me', { as }))
  await call(url, 'PATCH', '/users/me', { as, body: { phoneNumber }, headers: { 'if-match': `"${version}"` } })
  return profile.parse(await call(url, 'GET', '/users/me', { as })).phoneNumber
}

interface Call {
  readonly as: Identity
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

async function call(url: string, method: string, route: string, { as, body, headers = {} }: Call): Promise<unknown> {
  const identity = { [identityHeader]: createIdentitySigner(secret)(as) }
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const payload = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${url}${route}`, { method, headers: { ...identity, ...content, ...headers }, ...payload })
  if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`)
  return response.json()
}
