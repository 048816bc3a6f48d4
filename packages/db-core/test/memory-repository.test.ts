import { isNull, sql } from 'drizzle-orm'
import { mysqlTable } from 'drizzle-orm/mysql-core'
import { check, integer, jsonb, numeric, pgTable, text, uniqueIndex, uuid, type AnyPgColumn } from 'drizzle-orm/pg-core'
import { blob, integer as sqliteInteger, sqliteTable, text as sqliteText } from 'drizzle-orm/sqlite-core'
import { ObjectId } from 'mongodb'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import * as mysql from '../src/sql/mysql/index.ts'
import { defineCollection, objectIdKey, stringKey } from '../src/mongo/index.ts'
import { identityKey, softDelete, timestamps, uuidKey, versioned } from '../src/sql/index.ts'
import { collect } from '../src/testing/harness.ts'

const accounts = pgTable(
  'accounts',
  {
    ...identityKey(),
    email: text('email').notNull(),
    balance: integer('balance').notNull().default(0),
    settings: jsonb('settings').$type<{ theme?: string; list?: number[] }>(),
    ...versioned(),
    ...softDelete(),
  },
  (table) => [
    uniqueIndex('accounts_email')
      .on(sql`lower(${table.email})`)
      .where(isNull(table.deletedAt)),
  ],
)
const groups = pgTable('groups', { ...uuidKey(), name: text('name').notNull().unique() })
const members = pgTable('members', {
  ...uuidKey(),
  groupName: text('group_name').references(() => groups.name),
  groupId: uuid('group_id').references(() => groups.id, { onDelete: 'cascade' }),
  sponsorId: uuid('sponsor_id').references((): AnyPgColumn => members.id, { onDelete: 'set null' }),
})
const noted = defineCollection({
  name: 'noted',
  schema: z.object({ ...objectIdKey(), note: z.string().optional(), total: z.bigint() }),
})

function open() {
  const database = new MemoryDatabase()
  return { database, accounts: memoryRepository(database, accounts) }
}

describe('rows of the memory store', () => {
  it('are copied in and out, so that no caller can change what is stored', async () => {
    const { accounts: repository } = open()
    const settings = { theme: 'dark', list: [1] }
    const created = await repository.create({ email: 'a', settings })
    settings.list.push(2)
    created.settings?.list?.push(3)
    const found = await repository.get(created.id)
    expect(found.settings).toEqual({ theme: 'dark', list: [1] })
    found.settings = null
    for (const rows of [await repository.list(), await repository.getMany([created.id]), await collect(repository.stream())]) {
      for (const row of rows) row.settings?.list?.push(4)
    }
    expect(await repository.get(created.id)).toMatchObject({ settings: { list: [1] } })
  })

  it('keep bytes, lists, times in JSON and values of other classes as the store would', async () => {
    const files = sqliteTable('files', {
      id: sqliteInteger('id').primaryKey(),
      bytes: blob('bytes', { mode: 'buffer' }).$type<Buffer>(),
      size: blob('size', { mode: 'bigint' }),
    })
    const bytes = Buffer.from('abc')
    const file = await memoryRepository(new MemoryDatabase(), files).create({ id: 1, bytes, size: 2n ** 70n })
    bytes.fill(0)
    expect(file).toEqual({ id: 1, bytes: Buffer.from('abc'), size: 2n ** 70n })
    const lists = pgTable('lists', { ...uuidKey(), words: text('words').array(), state: jsonb('state') })
    const repository = memoryRepository(new MemoryDatabase(), lists)
    const list = await repository.create({ words: ['a', 'b'], state: { at: new Date(5), gone: undefined } })
    expect(list).toMatchObject({ words: ['a', 'b'], state: { at: '1970-01-01T00:00:00.005Z' } })
    const owner = new ObjectId()
    const owned = defineCollection({
      name: 'owned',
      schema: z.object({ ...stringKey(), owner: z.custom<ObjectId>(), bytes: z.custom<Uint8Array>() }),
    })
    const rows = memoryRepository(new MemoryDatabase(), owned)
    const row = await rows.create({ id: 'a', owner, bytes: new Uint8Array([1]) })
    expect(row).toEqual({ id: 'a', owner, bytes: new Uint8Array([1]) })
  })

  it('are found by text in a field that holds none as never, and a key as what it is', async () => {
    const { accounts: repository } = open()
    const unchecked: { list(query: unknown): Promise<unknown[]> } = repository
    await repository.createMany([{ email: 'a1', balance: 10 }, { email: 'b2' }])
    expect(await repository.list({ where: { id: { in: [2, 3] }, email: { startsWith: 'B', ignoreCase: true } } })).toMatchObject([
      { id: 2 },
    ])
    expect(await unchecked.list({ where: { balance: { contains: '1' } } })).toHaveLength(1)
    await expect(unchecked.list({ where: { balance: { eq: 'x' } } })).rejects.toMatchObject({ code: 'invalid-value', fields: ['balance'] })
    const loose = memoryRepository(new MemoryDatabase(), noted)
    await loose.create({ total: 1n, note: 'n' })
    const strange: typeof unchecked = loose
    expect(await strange.list({ where: { note: { gt: 1 } } })).toEqual([])
  })

  it('are stamped by the clock that is given', async () => {
    const times = [new Date(1000), new Date(2000)]
    const clock = vi.fn<() => Date>(() => times.shift() ?? new Date(3000))
    const table = pgTable('stamped', { ...uuidKey(), name: text('name'), ...timestamps() })
    const repository = memoryRepository(new MemoryDatabase({ clock }), table)
    const row = await repository.create({})
    expect(row).toMatchObject({ createdAt: new Date(1000), updatedAt: new Date(1000) })
    expect(await repository.update(row.id, { name: 'x' })).toMatchObject({ createdAt: new Date(1000), updatedAt: new Date(2000) })
  })

  it('count their keys, and never give one twice', async () => {
    const { database, accounts: repository } = open()
    expect(await repository.create({ email: 'a' })).toMatchObject({ id: 1 })
    await expect(repository.create({ email: 'A' })).rejects.toMatchObject({
      code: 'conflict',
      fields: ['email'],
      constraint: 'accounts_email',
    })
    expect(await memoryRepository(database, accounts).create({ email: 'b' })).toMatchObject({ id: 3 })
    await repository.delete(1)
    expect(await repository.create({ email: 'A' })).toMatchObject({ id: 4 })
    await expect(repository.restore(1)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('of collections lose a field that is set to null, and count big integers', async () => {
    const repository = memoryRepository(new MemoryDatabase(), noted)
    const row = await repository.create({ note: 'x', total: 9_007_199_254_740_993n })
    expect(row.id).toMatch(/^[0-9a-f]{24}$/)
    expect(await repository.update(row.id, { note: null })).toEqual({ id: row.id, total: 9_007_199_254_740_993n })
    expect(await repository.increment(row.id, { total: 2 })).toMatchObject({ total: 9_007_199_254_740_995n })
    expect(await repository.count({ total: { gt: 9_007_199_254_740_993n } })).toBe(1)
    await expect(repository.get('ABC')).rejects.toMatchObject({ code: 'invalid-value', fields: ['id'] })
  })

  it('compare decimals as numbers, and keep all of their digits', async () => {
    const prices = pgTable('prices', { ...uuidKey(), price: numeric('price').notNull() })
    const repository = memoryRepository(new MemoryDatabase(), prices)
    await repository.createMany(['10.50', '9', '100'].map((price) => ({ price })))
    const orderBy = [{ field: 'price', direction: 'asc' }] as const
    expect((await repository.list({ orderBy })).map(({ price }) => price)).toEqual(['9', '10.50', '100'])
    expect(await repository.count({ price: { gte: '10.5' } })).toBe(2)
    await expect(repository.create({ price: 'ten' })).rejects.toMatchObject({ code: 'invalid-value', fields: ['price'] })
  })

  it('stand in for tables of MySQL and SQLite as well', async () => {
    const shelves = mysqlTable(
      'shelves',
      { ...mysql.identityKey(), name: mysql.exactText('name', { length: 3 }).notNull(), ...mysql.softDelete() },
      (table) => [mysql.liveUnique('shelves_name').on(table.name)],
    )
    const repository = memoryRepository(new MemoryDatabase(), shelves)
    const { id } = await repository.create({ name: 'top' })
    await expect(repository.create({ name: 'top' })).rejects.toMatchObject({ code: 'conflict', fields: ['name'] })
    await expect(repository.create({ name: 'floor' })).rejects.toMatchObject({ code: 'invalid-value', fields: ['name'] })
    await repository.delete(id)
    expect(await repository.create({ name: 'top' })).toMatchObject({ name: 'top', deletedAt: null })

    const events = sqliteTable('events', {
      id: sqliteInteger('id').primaryKey({ autoIncrement: true }),
      name: sqliteText('name').notNull(),
      at: sqliteInteger('at', { mode: 'timestamp' })
        .notNull()
        .default(sql`(unixepoch())`),
    })
    const rows = memoryRepository(new MemoryDatabase(), events)
    expect(await rows.create({ name: 'x', at: new Date(1999) })).toEqual({ id: 1, name: 'x', at: new Date(1000) })
    expect((await rows.create({ name: 'y' })).at).toBeInstanceOf(Date)
  })
})

describe('rules that are known as SQL only', () => {
  it('must be said again in functions, or the repository is refused', () => {
    const database = new MemoryDatabase()
    const ruled = pgTable('ruled', { ...uuidKey(), rank: integer('rank') }, (table) => [check('ruled_rank', sql`${table.rank} > 0`)])
    expect(() => memoryRepository(database, ruled)).toThrow('ruled_rank')
    const partial = pgTable('partial', { ...uuidKey(), state: text('state') }, (table) => [
      uniqueIndex('partial_state')
        .on(table.state)
        .where(sql`state = 'open'`),
    ])
    expect(() => memoryRepository(database, partial)).toThrow('partial_state')
    const generated = pgTable('generated', { ...uuidKey(), double: integer('double').generatedAlwaysAs(sql`1 + 1`) })
    expect(() => memoryRepository(database, generated)).toThrow('double')
    const keyless = pgTable('keyless', { name: text('name') })
    expect(() => memoryRepository(database, keyless)).toThrow('key')
    const hidden = pgTable('hidden', { ...uuidKey(), name: text('name').unique(), ...softDelete() })
    expect(() => memoryRepository(database, hidden)).toThrow('deleted rows')
  })

  it('hold as functions', async () => {
    const table = pgTable(
      'tickets',
      {
        ...uuidKey(),
        state: text('state').notNull(),
        seat: text('seat').notNull(),
        code: text('code')
          .notNull()
          .default(sql`next_code()`),
      },
      (columns) => [
        uniqueIndex('tickets_seat')
          .on(columns.seat)
          .where(sql`state = 'open'`),
        check('tickets_state', sql`${columns.state} in ('open', 'closed')`),
      ],
    )
    const repository = memoryRepository(new MemoryDatabase(), table, {
      checks: { tickets_state: { fields: ['state'], holds: ({ state }) => state === 'open' || state === 'closed' } },
      partialIndexes: { tickets_seat: ({ state }) => state === 'open' },
      defaults: { code: () => 'made' },
    })
    const first = await repository.create({ state: 'open', seat: '1A' })
    expect(first).toMatchObject({ code: 'made' })
    await repository.create({ state: 'closed', seat: '1A' })
    await expect(repository.create({ state: 'open', seat: '1A' })).rejects.toMatchObject({ code: 'conflict', fields: ['seat'] })
    await expect(repository.update(first.id, { state: 'lost' })).rejects.toMatchObject({
      code: 'check',
      fields: ['state'],
      constraint: 'tickets_state',
    })
    const unknown = pgTable('unknown', {
      ...uuidKey(),
      code: text('code')
        .notNull()
        .default(sql`next_code()`),
    })
    await expect(memoryRepository(new MemoryDatabase(), unknown).create({})).rejects.toMatchObject({
      code: 'unsupported',
      fields: ['code'],
    })
  })
})

describe('references of the memory store', () => {
  function openGroups() {
    const database = new MemoryDatabase()
    return { database, groups: memoryRepository(database, groups), members: memoryRepository(database, members) }
  }

  it('take rows with their target, or are emptied, or keep it, as declared', async () => {
    const { groups: targets, members: rows } = openGroups()
    const [red, blue] = await targets.createMany([{ name: 'red' }, { name: 'blue' }])
    const boss = await rows.create({ groupId: red?.id ?? null })
    const led = await rows.create({ sponsorId: boss.id })
    const named = await rows.create({ groupName: 'blue' })
    await expect(targets.purge(blue?.id ?? '')).rejects.toMatchObject({ code: 'foreign-key', entity: 'members', fields: ['groupName'] })
    await expect(targets.update(blue?.id ?? '', { name: 'green' })).rejects.toMatchObject({ code: 'foreign-key' })
    await targets.delete(red?.id ?? '')
    expect(await rows.find(boss.id)).toBeUndefined()
    expect(await rows.get(led.id)).toMatchObject({ sponsorId: null })
    await rows.delete(named.id)
    await targets.purge(blue?.id ?? '')
    expect(await targets.count()).toBe(0)
  })

  it('lead to rows of the same statement, and to none that is unknown', async () => {
    const { members: rows } = openGroups()
    const [a, b] = ['0190a000-0000-7000-8000-00000000000a', '0190a000-0000-7000-8000-00000000000b']
    await rows.createMany([
      { id: a, sponsorId: b },
      { id: b, sponsorId: a },
    ])
    expect(await rows.count()).toBe(2)
    await expect(rows.create({ groupName: 'red' })).rejects.toMatchObject({ code: 'foreign-key', fields: ['groupName'] })
    await expect(rows.createMany([{}, { groupName: 'red' }])).rejects.toMatchObject({ code: 'foreign-key' })
    expect(await rows.count()).toBe(2)
  })

  it('to a table without a repository are not looked at', async () => {
    const rows = memoryRepository(new MemoryDatabase(), members)
    expect(await rows.create({ groupName: 'nowhere' })).toMatchObject({ groupName: 'nowhere' })
  })
})
