import { isNull, sql } from 'drizzle-orm'
import { bigint, customType, integer, pgEnum, pgTable, text, timestamp, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import { sqliteTable, text as sqliteText } from 'drizzle-orm/sqlite-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ListQuery } from '../src/repository/repository.ts'
import { connectPostgres, identityKey, softDelete, SqlRepository, uuidKey, type PostgresDatabase } from '../src/sql/index.ts'
import { failureOf, useDatabase } from './support/postgres.ts'

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

const drafts = pgTable('drafts', {
  ...uuidKey(),
  name: text('name').notNull(),
  deletedAt: timestamp('deleted_at', { withTimezone: true, precision: 3 }),
})
const counters = pgTable('counters', { ...identityKey(), label: text('label').notNull() })
const giants = pgTable('giants', { id: bigint('id', { mode: 'bigint' }).primaryKey(), label: text('label').notNull() })
const pieces = pgTable('pieces', {
  ...uuidKey(),
  names: text('names').array(),
  grid: integer('grid').array().array(),
  moments: timestamp('moments', { withTimezone: true }).array(),
  data: bytes('data'),
})
const members = pgTable(
  'members',
  { ...uuidKey(), team: text('team').notNull(), nick: text('nick_name').notNull(), email: text('email').unique(), ...softDelete() },
  (table) => [
    uniqueIndex('members_nick')
      .on(table.team, table.nick)
      .where(sql`(${isNull(table.deletedAt)}) and ${table.team} <> ''`),
    uniqueIndex('members_lower')
      .on(sql`lower(${table.nick})`)
      .where(isNull(table.deletedAt)),
  ],
)
const mood = pgEnum('mood', ['sad', 'glad'])
const days = pgTable('days', { ...uuidKey(), mood: mood('mood').notNull() })
const pairs = pgTable('pairs', { ...uuidKey(), left: text('left_side'), right: text('right_side') }, (table) => [
  unique().on(table.left, table.right),
])

const ddl = sql.raw(`
  create table drafts (id uuid primary key, name text not null, deleted_at timestamptz(3));
  create table counters (id bigint generated always as identity primary key, label text not null);
  create table giants (id bigint primary key, label text not null);
  create table pieces (id uuid primary key, names text[], grid integer[][], moments timestamptz[], data bytea);
  create table pairs (id uuid primary key, left_side text, right_side text, constraint pairs_left_side_right_side_unique unique (left_side, right_side));
  create type mood as enum ('sad', 'glad');
  create table days (id uuid primary key, mood mood not null);
  create table strangers (some_long_name text unique, other text not null);
`)

describe('tables and columns on PostgreSQL', () => {
  const { connect, url } = useDatabase()
  const open = (options = {}): PostgresDatabase => connect({ driver: 'pg', ...options })

  beforeAll(async () => {
    const database = connectPostgres(url(), { driver: 'pg' })
    await database.execute(ddl)
    await database.close()
  })

  it('soft delete needs no column for who did it', async () => {
    const repository = new SqlRepository(open(), drafts)
    const row = await repository.create({ name: 'a' })
    await repository.delete(row.id)
    expect(await repository.find(row.id)).toBeUndefined()
    expect(await repository.restore(row.id)).toEqual(row)
  })

  it('reads by number that meet get their own rows, also beyond what a number holds', async () => {
    const counted = new SqlRepository(open(), counters)
    const rows = await counted.createMany(Array.from({ length: 20 }, (_, place) => ({ label: `${place}` })))
    expect(await Promise.all(rows.map(({ id }) => counted.get(id)))).toEqual(rows)
    expect(await counted.getMany(rows.map(({ id }) => id).toReversed())).toEqual(rows.toReversed())
    const large = new SqlRepository(open(), giants)
    const giant = await large.createMany([2n ** 62n, 2n ** 62n + 1n, -1n].map((id) => ({ id, label: `${id}` })))
    expect(await Promise.all(giant.map(({ id }) => large.get(id)))).toEqual(giant)
    expect(await large.list({ where: { id: { gt: 2n ** 62n } } })).toEqual([giant[1]])
  })

  it('reads are not joined when the repository is told so', async () => {
    const repository = new SqlRepository(open({ poolSize: 4 }), counters, { joinReads: false })
    const rows = await repository.createMany([{ label: 'x' }, { label: 'y' }])
    expect(await Promise.all(rows.map(({ id }) => repository.get(id)))).toEqual(rows)
    expect(await repository.getMany(rows.map(({ id }) => id))).toEqual(rows)
  })

  it('a key of another type is refused and not sent', async () => {
    const counted: { find(id: unknown): Promise<unknown> } = new SqlRepository(open(), counters)
    for (const id of [Number.NaN, Number.POSITIVE_INFINITY, undefined]) {
      expect(await failureOf(counted.find(id))).toMatchObject({ code: 'invalid-value', fields: ['id'] })
    }
    const named: { find(id: unknown): Promise<unknown> } = new SqlRepository(open(), drafts)
    for (const id of [5, {}, undefined, 'x'])
      expect(await failureOf(named.find(id))).toMatchObject({ code: 'invalid-value', fields: ['id'] })
  })

  it('lists hold nothing, lists, times and texts that look like syntax, and bytes stay bytes', async () => {
    const repository = new SqlRepository(open(), pieces)
    const row = await repository.create({
      names: ['NULL', '', '{a,b}', '"', '\\'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      moments: [new Date(5), new Date(6)],
      data: new Uint8Array([0, 255, 92, 39]),
    })
    expect({ ...row, data: [...(row.data ?? [])] }).toMatchObject({
      names: ['NULL', '', '{a,b}', '"', '\\'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      moments: [new Date(5), new Date(6)],
      data: [0, 255, 92, 39],
    })
    expect(await repository.createMany([{ names: [] }, { grid: null }])).toMatchObject([{ names: [], grid: null }, { names: null }])
    const lists = [['a', 'b'], ['c'], []].map((names) => ({ names, grid: [[names.length]] }))
    expect(await repository.createMany(lists)).toMatchObject(lists)
    const database = open()
    expect(await database.execute(sql`select array['a', null]::text[] as names, array[1, null]::int[] as numbers`)).toHaveLength(1)
    await database.execute(sql`insert into pieces (id, names) values (gen_random_uuid(), array['a', null, 'NULL'])`)
    expect(await repository.list({ where: { names: { isNotNull: true }, data: { isNull: true } }, limit: 10 })).toContainEqual(
      expect.objectContaining({ names: ['a', null, 'NULL'] }),
    )
  })

  it('a parameter that is no value is refused before it is sent', async () => {
    const database = open()
    expect(await failureOf(database.execute(sql`select ${new Date(Number.NaN)}::timestamptz`))).toMatchObject({ code: 'invalid-value' })
    expect(
      await database.execute(
        sql`select ${sql.param([
          ['a', null],
          ['b', '"'],
        ])}::text[] as grid`,
      ),
    ).toHaveLength(1)
  })

  it('errors name fields as the table declares them, of unnamed keys too, and unknown tables in camelCase', async () => {
    const database = open()
    const repository = new SqlRepository(database, pairs)
    await repository.create({ left: 'a', right: 'b' })
    expect(await failureOf(repository.create({ left: 'a', right: 'b' }))).toMatchObject({ code: 'conflict', fields: ['left', 'right'] })
    await database.execute(sql`insert into strangers values ('a', 'b')`)
    expect(await failureOf(database.execute(sql`insert into strangers values ('x', null)`))).toMatchObject({
      code: 'not-null',
      fields: ['other'],
    })
  })

  it('a unique key of a soft-deleting table must leave deleted rows out, in whatever words it says so', () => {
    expect(() => new SqlRepository(open(), members)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('email') }),
    )
  })

  it('a table of another database, and a search in what is no text, are refused at once', () => {
    const other = sqliteTable('others', { id: sqliteText('id').primaryKey() })
    expect(() => Reflect.construct(SqlRepository, [open(), other])).toThrow(expect.objectContaining({ code: 'unsupported' }))
    for (const field of ['amount', 'id', 'colour']) {
      const searching = () => Reflect.construct(SqlRepository, [open(), counters, { searchFields: [field] }])
      expect(searching, field).toThrow(expect.objectContaining({ code: 'unsupported' }))
    }
  })

  it('a row that a trigger swallows is an error, never a missing answer', async () => {
    const database = open()
    await database.execute(
      sql.raw(`
        create function swallow() returns trigger language plpgsql as $$ begin return case when new.label like 'gone%' then null else new end; end $$;
        create trigger swallow before insert on counters for each row execute function swallow();
      `),
    )
    const repository = new SqlRepository(database, counters, { joinWrites: true })
    const [gone, kept] = [{ label: 'gone' }, { label: 'kept' }]
    const lost = { code: 'unknown', entity: 'counters' }
    expect(await failureOf(repository.create(gone))).toMatchObject(lost)
    expect(await failureOf(repository.createMany([gone, kept]))).toMatchObject(lost)
    expect(await failureOf(repository.createMany([gone, kept], { atomic: false }))).toMatchObject(lost)
    const joined = await Promise.allSettled([gone, kept, gone, kept].map((input) => repository.create(input)))
    for (const [place, outcome] of joined.entries()) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(lost)
      else expect([place % 2, outcome.value]).toMatchObject([1, kept])
    }
    await database.execute(sql.raw('drop trigger swallow on counters'))
  })

  it('words of an enumeration are looked into like any text', async () => {
    const repository = new SqlRepository(open(), days)
    await repository.createMany([{ mood: 'sad' }, { mood: 'glad' }])
    const count = (where: Parameters<typeof repository.count>[0]) => repository.count(where)
    expect(await count({ mood: { contains: 'ad' } })).toBe(2)
    expect(await count({ mood: { startsWith: 'G', ignoreCase: true } })).toBe(1)
    expect(await count({ mood: { in: ['SAD', 'none'], ignoreCase: true } })).toBe(1)
    expect(await repository.list({ orderBy: [{ field: 'mood', direction: 'asc' }] })).toMatchObject([{ mood: 'sad' }, { mood: 'glad' }])
  })

  it('projections without bound are answered like the first', async () => {
    const wide = pgTable('wide', {
      ...uuidKey(),
      ...Object.fromEntries(Array.from({ length: 8 }, (_, place) => [`c${place}`, integer(`c${place}`)])),
    })
    const database = open()
    await database.execute(
      sql.raw(`create table wide (id uuid primary key, ${Array.from({ length: 8 }, (_, place) => `c${place} int`).join(', ')})`),
    )
    const repository: {
      create(input: object): Promise<{ id: string }>
      selecting(fields: readonly string[]): { list(query?: ListQuery<object>): Promise<object[]> }
    } = new SqlRepository(database, wide)
    const { id } = await repository.create(Object.fromEntries(Array.from({ length: 8 }, (_, place) => [`c${place}`, place])))
    for (let mask = 0; mask < 256; mask += 1) {
      const places = Array.from({ length: 8 }, (_, place) => place).filter((place) => mask & (1 << place))
      const shown = Object.fromEntries(places.map((place) => [`c${place}`, place]))
      expect(await repository.selecting(Object.keys(shown)).list()).toEqual([{ id, ...shown }])
    }
  })
})

describe('limits of a connection', () => {
  const { connect } = useDatabase()

  it('that are no positive numbers are refused, and so are URLs of several hosts', () => {
    for (const options of [
      { poolSize: 0 },
      { poolSize: -1 },
      { statementTimeoutMs: Number.NaN },
      { maxOverflow: -1 },
      { connectTimeoutMs: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => connectPostgres('postgres://user:canary@host/db', options)).toThrow(expect.objectContaining({ code: 'invalid-value' }))
    }
    for (const hosts of ['one:1,two:2', 'one,two', '']) {
      const several = () => connectPostgres(`postgres://user:canary@${hosts}/db`)
      expect(several, hosts).toThrow(expect.objectContaining({ code: 'invalid-value' }))
      expect(several).not.toThrow('canary')
    }
  })

  it.each([0, -1, Number.NaN, 1e9])('a transaction of at most %d ms is refused before its work begins', async (timeoutMs) => {
    let ran = false
    const attempt = connect({ driver: 'pg' }).transaction(() => Promise.resolve((ran = true)), { timeoutMs })
    expect(await failureOf(attempt)).toMatchObject({ code: 'unsupported' })
    expect(ran).toBe(false)
  })
})
