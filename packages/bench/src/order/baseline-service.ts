// The straightforward service that many would write: one process over both databases, a MongoDB transaction per order for the
// stock, a Drizzle transaction with sequential inserts for the order. No idempotency, no recovery: what dies in between is lost.
import { randomUUID } from 'node:crypto'
import { drizzle } from 'drizzle-orm/postgres-js'
import { integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { fastify } from 'fastify'
import { MongoClient, type ClientSession } from 'mongodb'
import postgres from 'postgres'
import { z } from 'zod'

const orders = pgTable('orders', {
  id: uuid('id').primaryKey(),
  userId: text('user_id').notNull(),
  status: text('status').notNull(),
  totalCents: integer('total_cents').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})
const orderLines = pgTable('order_lines', {
  orderId: uuid('order_id').notNull(),
  sku: text('sku').notNull(),
  quantity: integer('quantity').notNull(),
  unitPriceCents: integer('unit_price_cents').notNull(),
})

const config = z.object({ DATABASE_URL: z.string(), MONGO_URL: z.string(), PORT: z.coerce.number() }).parse(process.env)
// Of the pool sizes that were tried (10 and 100, 15 and 20, 32 and 32, 32 and 10) these were the fastest, spread and on one hot SKU.
const sql = postgres(config.DATABASE_URL, { max: 32, onnotice: () => {} })
const db = drizzle(sql)
await sql`create table if not exists orders (id uuid primary key, user_id text not null, status text not null, total_cents integer not null, created_at timestamptz not null default now())`
await sql`create table if not exists order_lines (order_id uuid not null references orders (id), sku text not null, quantity integer not null, unit_price_cents integer not null)`
const client = await new MongoClient(config.MONGO_URL, { maxPoolSize: 10, w: 'majority', journal: true }).connect()
const stock = client.db().collection<{ _id: string; available: number; sold: number; priceCents: number }>('stock')

const body = z.strictObject({
  userId: z.string(),
  lines: z.array(z.strictObject({ sku: z.string(), quantity: z.int().min(1) })).min(1),
})
type Line = z.infer<typeof body>['lines'][number]

class OutOfStockError extends Error {}

async function takeStock(lines: readonly Line[], session: ClientSession): Promise<(Line & { unitPriceCents: number })[]> {
  const taken = []
  for (const { sku, quantity } of lines.toSorted((one, other) => one.sku.localeCompare(other.sku))) {
    const filter = { _id: sku, available: { $gte: quantity } }
    const item = await stock.findOneAndUpdate(filter, { $inc: { available: -quantity, sold: quantity } }, { session })
    if (item === null) throw new OutOfStockError(sku)
    taken.push({ sku, quantity, unitPriceCents: item.priceCents })
  }
  return taken
}

const service = fastify()

service.post('/stock', async (request) => {
  const items = z.array(z.object({ sku: z.string(), available: z.int(), priceCents: z.int() })).parse(request.body)
  await stock.insertMany(items.map(({ sku, available, priceCents }) => ({ _id: sku, available, sold: 0, priceCents })))
  return { inserted: items.length }
})

service.post('/orders', async (request, reply) => {
  const { userId, lines } = body.parse(request.body)
  try {
    const taken = await client.withSession(async (session) => session.withTransaction(async () => takeStock(lines, session)))
    const id = randomUUID()
    const totalCents = taken.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0)
    await db.transaction(async (tx) => {
      await tx.insert(orders).values({ id, userId, status: 'CONFIRMED', totalCents })
      for (const line of taken) await tx.insert(orderLines).values({ orderId: id, ...line })
    })
    return await reply.code(201).send({ id, status: 'CONFIRMED', totalCents, lines: taken })
  } catch (error) {
    if (error instanceof OutOfStockError) return reply.code(409).send({ error: 'out of stock' })
    throw error
  }
})

service.get('/readyz', async () => ({ ok: true }))
await service.listen({ host: '127.0.0.1', port: config.PORT })
