import type { StoreEvidence } from '@polystore/demo'
import { MongoClient, type Db } from 'mongodb'
import postgres from 'postgres'
import { z } from 'zod'

/** The databases as an auditor reads them, past every proxy. */
export interface Stores {
  readonly orders: postgres.Sql
  readonly auth: postgres.Sql
  readonly products: Db
  close(): Promise<void>
}

export interface StoreUrls {
  readonly orders: string
  readonly auth: string
  readonly products: string
}

export function openStores(urls: StoreUrls): Stores {
  const options = { max: 2, idle_timeout: 1, connect_timeout: 5, onnotice: () => {} }
  const orders = postgres(urls.orders, options)
  const auth = postgres(urls.auth, options)
  const mongo = new MongoClient(urls.products, { maxPoolSize: 4 })
  return {
    orders,
    auth,
    products: mongo.db(),
    close: async () => void (await Promise.all([orders.end({ timeout: 1 }), auth.end({ timeout: 1 }), mongo.close()])),
  }
}

const level = z.object({ _id: z.string(), available: z.int(), reserved: z.int(), sold: z.int() })
const adjustments = z.object({ _id: z.string(), pieces: z.int() })
const holdLine = z.object({ sku: z.string(), quantity: z.int() })
const storedHold = z.object({ _id: z.string(), state: z.string(), lines: z.array(holdLine) })
const number = z.coerce.number()
const orderLine = z.object({ sku: z.string(), quantity: number, unitPriceCents: number.nullable() })
const storedOrder = z.object({
  id: z.string(),
  userId: z.string(),
  status: z.string(),
  totalCents: number.nullable(),
  waiting: z.boolean(),
  lines: z.array(orderLine),
})
const storedKey = z.object({ userId: z.string(), key: z.string(), orderId: z.string(), answered: z.boolean() })
const move = z.object({ orderId: z.string(), from: z.string().nullable(), to: z.string() })
const named = z.object({ name: z.string() })
const user = z.object({ id: z.string(), active: z.boolean() })
const skuLevel = z.object({ sku: z.string(), level: z.string() })

/** Everything that the oracle judges. */
export async function readEvidence({ orders, auth, products }: Stores): Promise<StoreEvidence> {
  const [levels, ledger, holds] = await Promise.all([
    read(products, 'stock', level),
    products
      .collection('stock_movements')
      .aggregate([{ $group: { _id: '$sku', pieces: { $sum: '$quantity' } } }])
      .toArray(),
    read(products, 'holds', storedHold),
  ])
  return {
    stock: levels.map(({ _id: sku, ...rest }) => ({ sku, ...rest })),
    adjusted: new Map(
      z
        .array(adjustments)
        .parse(ledger)
        .map(({ _id: sku, pieces }) => [sku, pieces]),
    ),
    holds: holds.map(({ _id: orderId, ...rest }) => ({ orderId, ...rest })),
    ...(await readOrders(orders)),
    levels: new Map(
      z
        .array(skuLevel)
        .parse(await orders`select sku, level from stock_levels`)
        .map(({ sku, level: at }) => [sku, at]),
    ),
    users: await readUsers(orders, auth),
    undelivered: [...(await undeliveredIn(orders, 'orders')), ...(await undeliveredIn(auth, 'auth')), ...(await undeliveredOf(products))],
    failed: [...(await failedIn(orders)), ...(await failedOf(products))],
  }
}

async function readOrders(sql: postgres.Sql): Promise<Pick<StoreEvidence, 'orders' | 'keys' | 'history'>> {
  const [orders, keys, history] = await Promise.all([
    sql`select o.id, o.user_id as "userId", o.status, o.total_cents as "totalCents", o.next_run_at is not null as waiting,
          json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity, 'unitPriceCents', l.unit_price_cents)) as lines
        from orders o join order_lines l on l.order_id = o.id group by o.id`,
    sql`select user_id as "userId", key, order_id as "orderId", body is not null or refusal is not null as answered from idempotency_keys`,
    sql`select order_id as "orderId", from_status as "from", to_status as "to" from order_history order by id`,
  ])
  return { orders: z.array(storedOrder).parse(orders), keys: z.array(storedKey).parse(keys), history: z.array(move).parse(history) }
}

async function readUsers(orders: postgres.Sql, auth: postgres.Sql): Promise<StoreEvidence['users']> {
  const [told, users] = await Promise.all([orders`select id, active from known_users`, auth`select id, active from users`])
  const known = new Map(
    z
      .array(user)
      .parse(told)
      .map(({ id, active }) => [id, active]),
  )
  return z
    .array(user)
    .parse(users)
    .map(({ id, active }) => ({ id, active, known: known.get(id) ?? null }))
}

async function undeliveredIn(sql: postgres.Sql, database: string): Promise<string[]> {
  return namesOf(await sql`select ${database} || ': ' || type || ' of ' || subject as name from outbox order by id limit 1000`)
}

async function undeliveredOf(db: Db): Promise<string[]> {
  const waiting = await read(db, 'outbox', z.object({ type: z.string(), subject: z.string() }))
  return waiting.map(({ type, subject }) => `products: ${type} of ${subject}`)
}

async function failedIn(sql: postgres.Sql): Promise<string[]> {
  return namesOf(await sql`select 'orders: ' || consumer || ' ' || event_id || ': ' || last_error as name from failed_events limit 1000`)
}

function namesOf(rows: unknown): string[] {
  return z
    .array(named)
    .parse(rows)
    .map(({ name }) => name)
}

async function failedOf(db: Db): Promise<string[]> {
  const failed = await read(db, 'failed_events', z.object({ _id: z.string(), lastError: z.string() }))
  return failed.map(({ _id: id, lastError }) => `products: ${id}: ${lastError}`)
}

async function read<Shape>(db: Db, collection: string, schema: z.ZodType<Shape>): Promise<Shape[]> {
  return z.array(schema).parse(await db.collection(collection).find().toArray())
}

const count = z.object({ unfinished: number })

/** How many orders and events that were there at `since` (a time of PostgreSQL) still have somebody's work to wait for. */
export async function unfinishedSince({ orders, auth, products }: Stores, since: Date): Promise<number> {
  const [pending, told] = await Promise.all([
    orders`select (select count(*) from orders where created_at <= ${since}
             and next_run_at is not null)
           + (select count(*) from outbox where created_at <= ${since}) as unfinished`,
    auth`select count(*) as unfinished from outbox where created_at <= ${since}`,
  ])
  const before = { createdAt: { $lte: since } }
  const undelivered = await products.collection('outbox').countDocuments(before)
  const failing = await products.collection('failed_events').countDocuments({ parkedAt: null })
  return [...pending, ...told].reduce((sum, row) => sum + count.parse(row).unfinished, undelivered + failing)
}
