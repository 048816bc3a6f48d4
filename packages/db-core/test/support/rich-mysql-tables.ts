import { sql } from 'drizzle-orm'
import * as my from 'drizzle-orm/mysql-core'
import * as mixins from '../../src/sql/mysql/mysql-mixins.ts'

/** A schema with all that db-core's services may use, and another that changes most of it. */
export const first: Record<string, unknown> = before()
export const second: Record<string, unknown> = after()

export const flags = {
  renames: ['people.nick:nickname', 'orders:purchases'],
  allowDrops: ['people.age', 'purchases.state', 'purchases.code', 'leftover'],
  fills: [
    "people.nickname='nobody'",
    'people.title=upper(email)',
    'purchases.owner=1',
    'items.owner=1',
    'people.age=18',
    "purchases.state='open'",
  ],
}

function before() {
  const people = my.mysqlTable(
    'people',
    {
      ...mixins.identityKey(),
      ...mixins.timestamps(),
      email: my.varchar({ length: 100 }).notNull(),
      nick: my.varchar({ length: 30 }),
      age: my.int().notNull(),
      lower: my.varchar({ length: 100 }).generatedAlwaysAs(sql`lower(email)`, { mode: 'stored' }),
    },
    (own) => [
      my.uniqueIndex('people_email').on(own.email),
      my.index('people_lower').on(own.lower),
      my.unique('people_nick').on(own.nick),
      my.check('people_nick_long', sql`length(${own.nick}) > 2`),
    ],
  )
  const orders = my.mysqlTable('orders', {
    ...mixins.uuidKey(),
    owner: my
      .bigint({ mode: 'number' })
      .notNull()
      .references(() => people.id),
    state: my.mysqlEnum(['open', 'paid', 'lost']).notNull().default('open'),
    code: my.varchar({ length: 20 }).notNull(),
  })
  const items = my.mysqlTable(
    'items',
    {
      place: my.int().notNull(),
      row: my.int().notNull(),
      owner: my.bigint({ mode: 'number' }).references(() => people.id, { onDelete: 'cascade' }),
    },
    (own) => [my.primaryKey({ columns: [own.place, own.row] })],
  )
  const leftover = my.mysqlTable('leftover', { ...mixins.uuidKey() })
  const open = my.mysqlView('open_orders').as((query) => query.select({ id: orders.id, owner: orders.owner }).from(orders))
  return { people, orders, items, leftover, open }
}

function after() {
  const people = my.mysqlTable(
    'people',
    {
      ...mixins.identityKey(),
      ...mixins.timestamps(),
      email: my.varchar({ length: 200 }).notNull(),
      nickname: my.varchar({ length: 30 }).notNull(),
      title: my.varchar({ length: 200 }).notNull(),
      seen: my.timestamp({ fsp: 3 }).notNull().defaultNow().onUpdateNow(),
      left: my.timestamp(),
      lower: my.varchar({ length: 100 }).generatedAlwaysAs(sql`lower(concat(email, email))`, { mode: 'stored' }),
    },
    (own) => [
      my.index('people_email').on(own.email),
      my.index('people_lower').on(own.lower, own.email),
      my.unique('people_nick').on(own.nickname),
      my.check('people_nick_long', sql`length(${own.nickname}) > 1`),
    ],
  )
  const purchases = my.mysqlTable(
    'purchases',
    {
      ...mixins.uuidKey(),
      owner: my.bigint({ mode: 'number' }).references(() => people.id, { onDelete: 'set null' }),
      state: my.mysqlEnum(['open', 'sent', 'paid']).notNull().default('open'),
      code: my.int().notNull(),
    },
    (own) => [my.index('purchases_owner').on(own.owner, own.state)],
  )
  const items = my.mysqlTable(
    'items',
    { place: my.int().notNull(), row: my.int().notNull(), owner: my.bigint({ mode: 'number' }).notNull() },
    (own) => [my.primaryKey({ columns: [own.place, own.row, own.owner] })],
  )
  const open = my.mysqlView('open_orders').as((query) => query.select({ id: purchases.id, code: purchases.code }).from(purchases))
  return { people, purchases, items, open }
}
