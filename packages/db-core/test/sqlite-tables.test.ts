import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, unique, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { pgTable } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import { runAs } from '../src/mixins/actor.ts'
import { runInTenant } from '../src/mixins/tenant.ts'
import { sqliteDialect } from '../src/sql/sqlite/sqlite-dialect.ts'
import {
  audited,
  liveUnique,
  softDelete,
  SqlRepository,
  tenantScope,
  timestamped,
  uuidTimestamped,
  versioned,
} from '../src/sql/sqlite/index.ts'
import { useSqliteFile } from './support/sqlite.ts'

const orders = sqliteTable(
  'orders',
  { ...timestamped(), email: text('email').unique(), number: integer('number'), total: integer('total'), ...softDelete() },
  (table) => [
    unique('orders_total_number').on(table.total, table.number),
    unique().on(table.total),
    liveUnique('orders_live').on(table.number),
    uniqueIndex('orders_live_column')
      .on(table.number)
      .where(sql`${table.deletedAt} is null`),
    uniqueIndex('orders_other')
      .on(table.number)
      .where(sql`${table.total} > 0`),
    uniqueIndex('orders_email').on(sql`lower(${table.email})`),
    index('orders_plain').on(table.total),
    check('orders_check', sql`${table.total} > ${table.number}`),
  ],
)

const lines = sqliteTable('lines', { order: integer('order_id'), line: integer('line_no') }, (table) => [
  primaryKey({ columns: [table.order, table.line] }),
])

const documents = sqliteTable('documents', { ...audited(), ...tenantScope(), ...versioned(), title: text('title').notNull() })
const plain = sqliteTable('plain', { ...uuidTimestamped() })
const tickets = sqliteTable('tickets', { ...timestamped(), ...softDelete() })

describe('what a SQLite table declares', () => {
  test('keys, rules and indexes, with the names of their columns', () => {
    const { uniqueKeys, constraints, ...rest } = sqliteDialect.describeTable(orders)
    expect(rest).toEqual({ name: 'orders', primaryKey: ['id'] })
    expect(uniqueKeys).toEqual([
      { name: 'orders_total_number', columns: ['total', 'number'], liveOnly: false },
      { name: 'orders_total_unique', columns: ['total'], liveOnly: false },
      { name: 'orders_email_unique', columns: ['email'], liveOnly: false },
      { name: 'orders_live', columns: ['number'], liveOnly: true },
      { name: 'orders_live_column', columns: ['number'], liveOnly: true },
      { name: 'orders_other', columns: ['number'], liveOnly: false },
      { name: 'orders_email', columns: ['email'], liveOnly: false },
    ])
    expect(constraints.get('orders_check')).toEqual(['total', 'number'])
    expect(constraints.get('orders_plain')).toEqual(['total'])
    expect(sqliteDialect.describeTable(lines)).toMatchObject({ primaryKey: ['order_id', 'line_no'] })
  })

  test('a table of another database is refused', () => {
    expect(() => sqliteDialect.describeTable(pgTable('orders', {}))).toThrow('no table of SQLite')
  })
})

describe('the mixins of SQLite', () => {
  const { connect } = useSqliteFile()

  test('are columns with a meaning: keys, times, actors, tenants, versions', async () => {
    const database = connect()
    const now = `(cast(round(unixepoch('now', 'subsec') * 1000) as integer))`
    await database.execute(
      sql.raw(`
        create table plain (id text primary key, created_at integer not null default ${now}, updated_at integer not null default ${now}) strict;
        create table documents (id text primary key, created_at integer not null default ${now}, updated_at integer not null default ${now},
          created_by text not null, updated_by text not null, tenant_id text not null, version integer not null default 1, title text not null) strict;
        create table tickets (id integer primary key autoincrement, created_at integer not null default ${now}, updated_at integer not null default ${now},
          deleted_at integer, deleted_by text) strict;
      `),
    )
    const row = await new SqlRepository(database, plain).create({})
    expect(row.id[14]).toBe('7')
    expect(row.createdAt).toBeInstanceOf(Date)
    const repository = new SqlRepository(database, documents)
    const created = await runInTenant('one', () => runAs('ann', () => repository.create({ title: 'a' })))
    expect(created).toMatchObject({ createdBy: 'ann', updatedBy: 'ann', tenantId: 'one', version: 1 })
    const changed = await runInTenant('one', () => runAs('bob', () => repository.update(created.id, { title: 'b' }, { version: 1 })))
    expect(changed).toMatchObject({ createdBy: 'ann', updatedBy: 'bob', version: 2 })
    await expect(runInTenant('two', () => repository.get(created.id))).rejects.toMatchObject({ code: 'not-found' })
    const counted = new SqlRepository(database, tickets)
    const { id } = await counted.create({})
    await counted.purge(id)
    expect(await counted.create({})).toMatchObject({ id: id + 1, deletedAt: null })
  })
})
