import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'

/** A schema with all that db-core's services may use, and another that changes most of it. */
export const first: Record<string, unknown> = before()
export const second: Record<string, unknown> = after()

export const flags = {
  renames: ['people.nick:nickname', 'orders:purchases'],
  allowDrops: ['people.age', 'order_state.lost', 'purchases.code', 'leftover'],
  fills: ["people.nickname='nobody'", 'people.title=upper(email)', 'purchases.owner=1', 'people.age=18', "purchases.state='open'"],
}

function before() {
  const state = pg.pgEnum('order_state', ['open', 'paid', 'lost'])
  const shop = pg.pgSchema('shop')
  const colour = shop.enum('colour', ['red', "bottle'green"])
  const numbers = pg.pgSequence('invoice_numbers', { startWith: 100, increment: 2 })
  const people = pg.pgTable(
    'people',
    {
      id: pg.serial().primaryKey(),
      email: pg.varchar({ length: 100 }).notNull(),
      nick: pg.text(),
      age: pg.integer().notNull(),
      mother: pg.integer().references((): pg.AnyPgColumn => people.id, { onDelete: 'set null' }),
      lower: pg.text().generatedAlwaysAs(sql`lower(email)`),
      tags: pg
        .text()
        .array()
        .notNull()
        .default(sql`'{}'`),
      favourite: pg.bigint({ mode: 'bigint' }).references((): pg.AnyPgColumn => orders.id),
    },
    (own) => [
      pg
        .uniqueIndex('people_email')
        .on(sql`lower(${own.email})`)
        .where(sql`${own.age} > 0`),
      pg.index('people_lower').on(own.lower),
      pg.unique('people_nick').on(own.nick).nullsNotDistinct(),
      pg.check('people_grown', sql`${own.age} between 0 and 200`),
    ],
  )
  const orders = pg.pgTable(
    'orders',
    {
      id: pg.bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity({ startWith: 10 }),
      owner: pg
        .integer()
        .notNull()
        .references(() => people.id),
      state: state().notNull().default('open'),
      states: state().array(),
      code: pg.text().notNull(),
      at: pg.timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    },
    (own) => [
      pg.index('orders_state').on(own.state.desc(), own.at),
      pg.check('orders_paid', sql`${own.state} <> 'lost' or ${own.code} <> ''`),
    ],
  )
  const items = shop.table(
    'items',
    {
      order: pg
        .bigint({ mode: 'bigint' })
        .notNull()
        .references(() => orders.id, { onDelete: 'cascade' }),
      place: pg.integer().notNull(),
      colour: colour(),
    },
    (own) => [pg.primaryKey({ columns: [own.order, own.place] })],
  )
  const leftover = pg.pgTable('leftover', { id: pg.uuid().primaryKey().defaultRandom() })
  const open = pg.pgView('open_orders').as((query) => query.select({ id: orders.id, owner: orders.owner }).from(orders))
  return { state, shop, colour, numbers, people, orders, items, leftover, open }
}

function after() {
  const state = pg.pgEnum('order_state', ['open', 'sent', 'paid'])
  const shop = pg.pgSchema('shop')
  const extra = pg.pgSchema('extra')
  const colour = shop.enum('colour', ['red', 'yellow', "bottle'green"])
  const numbers = pg.pgSequence('invoice_numbers', { startWith: 100, increment: 3 })
  const people = pg.pgTable(
    'people',
    {
      id: pg.serial().primaryKey(),
      email: pg.text().notNull(),
      nickname: pg.text().notNull(),
      title: pg.text().notNull(),
      mother: pg.integer().references((): pg.AnyPgColumn => people.id, { onDelete: 'cascade' }),
      lower: pg.text().generatedAlwaysAs(sql`lower(email || nickname)`),
      tags: pg.text().array(),
      favourite: pg.bigint({ mode: 'bigint' }).references((): pg.AnyPgColumn => purchases.id),
    },
    (own) => [
      pg.uniqueIndex('people_email').on(sql`lower(${own.email})`),
      pg.index('people_lower').on(own.lower),
      pg.unique('people_nickname').on(own.nickname).nullsNotDistinct(),
    ],
  )
  const purchases = pg.pgTable(
    'purchases',
    {
      id: pg.bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity({ startWith: 10 }),
      owner: pg.integer().references(() => people.id),
      state: state().notNull().default('open'),
      states: state().array(),
      code: pg.integer().notNull(),
      at: pg.timestamp({ withTimezone: true, precision: 6 }).notNull().defaultNow(),
    },
    (own) => [
      pg.index('orders_state').on(own.state.desc(), own.at),
      pg.check('orders_paid', sql`${own.state} <> 'paid' or ${own.code} <> 0`),
    ],
  )
  const items = shop.table(
    'items',
    {
      order: pg
        .bigint({ mode: 'bigint' })
        .notNull()
        .references(() => purchases.id),
      place: pg.integer().notNull(),
      colour: colour(),
    },
    (own) => [pg.primaryKey({ columns: [own.place, own.order] })],
  )
  const kept = extra.table('kept', { id: pg.uuid().primaryKey().defaultRandom(), item: pg.bigint({ mode: 'bigint' }) })
  const open = pg.pgView('open_orders').as((query) => query.select({ id: purchases.id, code: purchases.code }).from(purchases))
  const counts = pg.pgMaterializedView('counts').as((query) => query.select({ id: people.id }).from(people))
  return { state, shop, extra, colour, numbers, people, purchases, items, kept, open, counts }
}
