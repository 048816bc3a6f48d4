import { randomUUID } from 'node:crypto'
import { connectMongo, type MongoDatabase } from '@polystore/db-core/mongo'
import { createIdentitySigner, identityHeader, readConfig, type Identity, type Service } from '@polystore/service-kit'
import type { CloudEvent, HoldOutcome } from '@polystore/contracts'
import { failedEventCollection, outboxCollection } from '@polystore/events/mongo'
import { createMongoDatabase } from '@polystore/testing'
import { afterAll, beforeAll } from 'vitest'
import { buildApp } from '../src/app.ts'
import { collections } from '../src/collections.ts'
import { productsConfig, type ProductsConfig } from '../src/config.ts'
import { createDependencies, type Dependencies } from '../src/dependencies.ts'
import type { HoldCommand } from '../src/holds/hold.ts'
import { holdConsumer } from '../src/holds/hold-consumer.ts'
import { runHoldCommands } from '../src/holds/run-hold-commands.ts'

const secret = 'a-secret-for-the-tests-of-products-0123456789'
const sign = createIdentitySigner(secret)

export const staff: Identity = { kind: 'user', id: 'ada', roles: ['staff'] }
export const customer: Identity = { kind: 'user', id: 'carl', roles: ['customer'] }
export const anonymous: Identity = { kind: 'anonymous' }
export const orders: Identity = { kind: 'service', name: 'orders' }

export interface Call {
  readonly as?: Identity
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are asserted on, not computed with
  readonly body: any
}

export interface Harness {
  readonly database: MongoDatabase
  readonly dependencies: Dependencies
  readonly service: Service
  readonly call: (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, call?: Call) => Promise<Answer>
}

/** Nobody is where orders should be: what is told waits in the outbox. */
export function testConfig(url: string): ProductsConfig {
  const addresses = { MONGO_URL: url, ORDERS_URL: 'http://127.0.0.1:1' }
  return readConfig(productsConfig, { ...addresses, NODE_ENV: 'test', LOG_LEVEL: 'silent', INTERNAL_SECRET: secret })
}

/** The whole service over a fresh database, for the tests of one file. */
export function useProducts(): Harness {
  const held: Partial<{ database: MongoDatabase; service: Service; dependencies: Dependencies; drop: () => Promise<void> }> = {}
  const get = <Name extends keyof typeof held>(name: Name): NonNullable<(typeof held)[Name]> => {
    const value = held[name]
    if (value === undefined) throw new Error('The harness is not open')
    return value
  }

  beforeAll(async () => {
    const test = await createMongoDatabase()
    const database = connectMongo(test.url, { poolSize: 20, cursorSecret: secret, applicationName: 'products-test' })
    await database.prepare(collections)
    const dependencies = createDependencies(database)
    const service = buildApp(testConfig(test.url), dependencies)
    await service.ready()
    Object.assign(held, { database, dependencies, service, drop: () => test.drop() })
  })

  afterAll(async () => {
    await held.service?.close()
    await held.database?.close()
    await held.drop?.()
  })

  return {
    get database() {
      return get('database')
    },
    get dependencies() {
      return get('dependencies')
    },
    get service() {
      return get('service')
    },
    async call(method, url, { as = staff, body, headers = {} } = {}) {
      const response = await get('service').inject({
        method,
        url,
        headers: {
          [identityHeader]: sign(as),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.statusCode, headers: response.headers, body: response.body === '' ? undefined : response.json() }
    },
  }
}

export function newSku(): string {
  return `T-${randomUUID()}`
}

export interface SampleProduct {
  readonly sku?: string
  readonly stock?: number
  readonly lowStockAt?: number
  readonly currency?: string
  readonly priceCents?: number
  readonly status?: 'draft' | 'active' | 'archived'
}

/** An active product of one SKU with stock; its SKU. */
export async function sell({ call }: Harness, sample: SampleProduct = {}): Promise<string> {
  const { sku = newSku(), stock = 0, lowStockAt, currency = 'GBP', priceCents = 495, status = 'active' } = sample
  const variant = { sku, priceCents, currency, initialStock: stock, ...(lowStockAt === undefined ? {} : { lowStockAt }) }
  const { body } = await call('POST', '/products/bulk', { body: { items: [{ name: `Product ${sku}`, status, variants: [variant] }] } })
  if (body.created !== 1) throw new Error(JSON.stringify(body))
  return sku
}

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export async function reserve({ call }: Harness, lines: readonly Line[], orderId: string = randomUUID()): Promise<Answer> {
  return only(await call('POST', '/holds/reserve', { as: orders, body: { orders: [{ orderId, lines }] } }))
}

/** What orders tells when an order is confirmed. */
export function confirmed(orderId: string): CloudEvent<'order.confirmed'> {
  return {
    specversion: '1.0',
    id: randomUUID(),
    type: 'order.confirmed',
    source: '/orders',
    subject: orderId,
    sequence: 2,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { orderId, userId: randomUUID() },
  }
}

export const eventHeaders = { 'content-type': 'application/cloudevents-batch+json' }

/** Tells of confirmed orders; each event is stored as its effect or as a failure. */
export async function tell({ call }: Harness, events: readonly CloudEvent[]): Promise<void> {
  const { status, body } = await call('POST', '/internal/events', { as: orders, body: events, headers: eventHeaders })
  if (status !== 200 || body.accepted.length !== new Set(events.map(({ id }) => id)).size) throw new Error(JSON.stringify(body))
}

/** Tells that an order is confirmed; its hold as it is then. */
export async function commit(harness: Harness, orderId: string): Promise<Answer> {
  await tell(harness, [confirmed(orderId)])
  return harness.call('GET', `/holds/${orderId}`, { as: orders })
}

/** The same below HTTP, without a place for what fails. */
export async function sellHolds(dependencies: Dependencies, orderIds: readonly string[]): Promise<void> {
  const { apply, inTurn } = holdConsumer(dependencies)
  await inTurn?.(() => dependencies.database.transaction((tx) => apply(orderIds.map(confirmed), tx)))
}

/** Events that the consumer could not apply, by their orders. */
export async function failedOrders({ database }: Pick<Harness, 'database'>): Promise<string[]> {
  const failed = await database.collection(failedEventCollection).find().toArray()
  return failed.map(({ event }) => String(event['subject']))
}

export async function release({ call }: Harness, orderId: string): Promise<Answer> {
  return only(await call('POST', '/holds/release', { as: orders, body: { orderIds: [orderId] } }))
}

/** The answer with the one hold of its outcomes, or with its refusal, as the body. */
function only(answer: Answer): Answer {
  const [outcome] = answer.body.outcomes ?? []
  return outcome === undefined ? answer : { ...answer, body: outcome.hold ?? outcome }
}

/** Stock events that wait for the relay, in their order. */
export async function stockEventsOf({ database }: Pick<Harness, 'database'>, sku: string) {
  const rows = await database.collection(outboxCollection).find({ subject: sku }).sort({ sequence: 1 }).toArray()
  return rows.map(({ type, sequence, data }) => ({ type, sequence, data }))
}

/** One command below HTTP. */
export async function command(dependencies: Dependencies, wanted: HoldCommand): Promise<HoldOutcome> {
  const [outcome] = await runHoldCommands(dependencies, [wanted])
  if (outcome === undefined) throw new Error('The command was not answered')
  return outcome
}

/** The state that a command left behind, or why it was refused. */
export function stateOf(outcome: HoldOutcome): string {
  return 'hold' in outcome ? outcome.hold.state : outcome.refused
}

export async function stockOf({ call }: Harness, sku: string): Promise<{ available: number; reserved: number; sold: number }> {
  const { body } = await call('GET', `/stock/${sku}`)
  return { available: body.available, reserved: body.reserved, sold: body.sold }
}
