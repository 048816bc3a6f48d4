import { sql } from 'drizzle-orm'
import * as lite from 'drizzle-orm/sqlite-core'

/** A schema with all that db-core's services may use, and another that changes most of it. */
export const first: Record<string, unknown> = before()
export const second: Record<string, unknown> = after()

export const flags = {
  renames: ['orders.note:remark'],
  allowDrops: ['users.nick', 'leftover'],
  fills: ['users.age=18', "orders.remark=''"],
}

function before() {
  const users = lite.sqliteTable(
    'users',
    {
      id: lite.integer().primaryKey({ autoIncrement: true }),
      email: lite.text().notNull(),
      nick: lite.text(),
      lower: lite.text().generatedAlwaysAs(sql`lower(email)`),
    },
    (own) => [
      lite
        .uniqueIndex('users_email')
        .on(sql`lower(${own.email})`)
        .where(sql`${own.nick} is null`),
      lite.check('users_email_long', sql`length(${own.email}) > 3`),
    ],
  )
  const orders = lite.sqliteTable(
    'orders',
    {
      userId: lite
        .integer('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      place: lite.integer().notNull(),
      note: lite.text(),
    },
    (own) => [lite.primaryKey({ columns: [own.userId, own.place] }), lite.unique('orders_note').on(own.note)],
  )
  const leftover = lite.sqliteTable('leftover', { id: lite.text().primaryKey(), user: lite.integer().references(() => users.id) })
  const open = lite.sqliteView('notes').as((query) => query.select({ note: orders.note }).from(orders))
  return { users, orders, leftover, open }
}

function after() {
  const users = lite.sqliteTable(
    'users',
    {
      id: lite.integer().primaryKey({ autoIncrement: true }),
      email: lite.text().notNull(),
      age: lite.integer().notNull(),
      lower: lite.text().generatedAlwaysAs(sql`lower(email) || age`),
      at: lite
        .text()
        .notNull()
        .default(sql`(current_timestamp)`),
    },
    (own) => [
      lite.uniqueIndex('users_email').on(sql`lower(${own.email})`),
      lite.check('users_age', sql`users.age > 0 and ${own.email} <> 'users.'`),
    ],
  )
  const orders = lite.sqliteTable(
    'orders',
    {
      userId: lite
        .integer('user_id')
        .notNull()
        .references(() => users.id),
      place: lite.integer().notNull(),
      remark: lite.text().notNull(),
    },
    (own) => [lite.primaryKey({ columns: [own.place, own.userId] }), lite.unique('orders_note').on(own.remark)],
  )
  const open = lite.sqliteView('notes').as((query) => query.select({ note: orders.remark, place: orders.place }).from(orders))
  return { users, orders, open }
}
