import { connectPostgres } from '@polystore/db-core/sql'
import { z } from 'zod'
import {
  createIdentitySigner,
  createService,
  etag,
  type Identity,
  identityHeader,
  pageQuery,
  queryBoolean,
  requireIfMatch,
  type Service,
  type ServiceOptions,
} from '../../src/index.ts'

export const secret = 'a secret of the tests, 32 or more'

const quantity = z.int().min(1).max(1_000_000)
const line = z.strictObject({ sku: z.string().min(1).max(64), quantity })
const order = z.strictObject({ id: z.uuid(), lines: z.array(line), placedAt: z.date(), note: z.string().nullable() }).meta({ id: 'Order' })

export interface DemoService {
  readonly service: Service
  readonly port: number
  readonly url: string
  /** Every log line so far. */
  readonly logs: string[]
  /** How often a handler ran. */
  readonly calls: string[]
  close(): Promise<void>
}

/** A small service on a loopback socket, with routes of every kind. */
export async function startDemoService(options: Partial<ServiceOptions> = {}): Promise<DemoService> {
  const logs: string[] = []
  const calls: string[] = []
  const service = createService({
    name: 'demo',
    version: '1.2.3',
    internalSecret: secret,
    logLevel: 'trace',
    logDestination: { write: (text) => void logs.push(text) },
    ...options,
  })
  addRoutes(service, calls)
  await service.listen({ host: '127.0.0.1', port: 0 })
  const address = service.server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  return { service, port, url: `http://127.0.0.1:${port}`, logs, calls, close: () => service.close() }
}

/** The header that the gateway would send for this identity. */
export function signed(identity: Identity): Record<string, string> {
  return { [identityHeader]: createIdentitySigner(secret)(identity) }
}

export const customer: Identity = { kind: 'user', id: 'u-1', roles: ['customer'], tokenId: 't-1' }
export const staff: Identity = { kind: 'user', id: 'u-2', roles: ['staff'] }
export const admin: Identity = { kind: 'user', id: 'u-3', roles: ['admin'] }

function addRoutes(service: Service, calls: string[]): void {
  const database = connectPostgres('postgres://shop:hunter2@127.0.0.1:1/shop', { connectTimeoutMs: 500, poolTimeoutSeconds: 1 })
  service.addHook('onClose', () => database.close())

  service.post(
    '/orders',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'placeOrder',
        summary: 'Place an order',
        tags: ['orders'],
        body: z.strictObject({ lines: z.array(line).min(1).max(1_000), note: z.string().max(1_000).nullable().optional() }),
        response: { 201: order },
        problems: ['insufficient-stock'],
      },
    },
    async (request, reply) => {
      calls.push('placeOrder')
      const row = {
        id: '01912f4e-7c3a-7b2e-8d1f-0123456789ab',
        lines: request.body.lines,
        placedAt: new Date(0),
        note: request.body.note ?? null,
        passwordHash: 'never shown',
      }
      return reply.code(201).send(row)
    },
  )
  service.get(
    '/orders',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listOrders',
        summary: 'List orders',
        tags: ['orders'],
        querystring: z.strictObject({ ...pageQuery, open: queryBoolean().optional() }),
        response: { 200: z.strictObject({ items: z.array(order), limit: z.int(), open: z.boolean().nullable() }) },
      },
    },
    async (request) => ({ items: [], limit: request.query.limit, open: request.query.open ?? null }),
  )
  service.get(
    '/orders/:id',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getOrder',
        summary: 'Get an order',
        tags: ['orders'],
        params: z.strictObject({ id: z.uuid() }),
        response: { 200: order },
      },
    },
    async (request) => ({ id: request.params.id, lines: [], placedAt: new Date(0), note: null }),
  )
  service.patch(
    '/orders/:id',
    {
      config: { access: 'public', mediaTypes: ['application/merge-patch+json'] },
      schema: {
        operationId: 'patchOrder',
        summary: 'Change an order',
        params: z.strictObject({ id: z.uuid() }),
        headers: z.looseObject({
          'if-match': z
            .string()
            .optional()
            .meta({ examples: ['"3"'] }),
        }),
        body: z.strictObject({ note: z.string().nullable() }),
        response: { 200: z.strictObject({ version: z.int() }) },
        problems: ['precondition-required'],
      },
    },
    async (request, reply) => {
      const version = requireIfMatch(request) + 1
      reply.header('etag', etag(version))
      return { version }
    },
  )
  service.delete(
    '/orders/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'deleteOrder',
        summary: 'Delete an order',
        params: z.strictObject({ id: z.uuid() }),
        response: { 204: z.undefined() },
      },
    },
    async (_request, reply) => {
      calls.push('deleteOrder')
      return reply.code(204).send()
    },
  )
  service.get(
    '/reports/:name',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'getReport',
        summary: 'Get a report',
        params: z.strictObject({ name: z.string() }),
        response: { 200: z.strictObject({ name: z.string() }) },
      },
    },
    async (request) => request.params,
  )
  service.post(
    '/notes',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'echo',
        summary: 'Echo',
        body: z.record(z.string(), z.unknown()),
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async (request) => request.body,
  )
  service.post(
    '/holds/:id/commit',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'commitHold',
        summary: 'Commit',
        params: z.strictObject({ id: z.uuid() }),
        response: { 200: z.strictObject({ caller: z.string(), traceId: z.string() }) },
      },
    },
    async (request) => ({
      caller: request.identity.kind === 'service' ? request.identity.name : '',
      traceId: request.trace.traceId,
    }),
  )
  service.get(
    '/broken',
    {
      config: { access: 'public' },
      schema: { operationId: 'broken', summary: 'Fails', response: { 200: z.strictObject({ id: z.string() }) } },
    },
    async () => {
      throw new Error('cannot reach postgres://shop:hunter2@db.internal:5432/shop')
    },
  )
  service.get(
    '/database',
    {
      config: { access: 'public' },
      schema: { operationId: 'database', summary: 'Asks a database that is down', response: { 200: z.strictObject({ id: z.string() }) } },
    },
    async () => {
      await database.ping()
      return { id: 'never' }
    },
  )
  service.get(
    '/slow',
    {
      config: { access: 'public', timeoutMs: 150 },
      schema: { operationId: 'slow', summary: 'Never ends', response: { 200: z.strictObject({ id: z.string() }) } },
    },
    async (request) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      request.deadline.addEventListener('abort', () => {
        calls.push('slow was aborted')
        resolve()
      })
      await promise
      return { id: 'late' }
    },
  )
}
