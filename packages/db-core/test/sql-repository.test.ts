import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  date,
  index,
  integer,
  jsonb,
  numeric,
  PgDialect,
  pgEnum,
  pgTable,
  real,
  text,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SortKey } from '../src/filters/filter.ts'
import type { ReadOptions } from '../src/repository/repository.ts'
import { identityKey, randomKey, SqlRepository, uuidKey, type PostgresDatabase, type RowOf } from '../src/sql/index.ts'
import { drivers, useDatabase } from './support/postgres.ts'

const mood = pgEnum('mood', ['sad', 'glad'])
const reversed = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => [...value].toReversed().join(''),
  fromDriver: (value) => [...value].toReversed().join(''),
})

const things = pgTable(
  'things',
  {
    ...identityKey(),
    label: varchar('the_label', { length: 20 }).notNull(),
    at: timestamp('at', { withTimezone: true }),
    local: timestamp('local', { mode: 'string' }),
    day: date('day'),
    price: numeric('price', { precision: 30, scale: 10 }),
    big: bigint('big', { mode: 'bigint' }),
    ratio: real('ratio'),
    tags: text('tags').array(),
    grid: integer('grid').array().array(),
    facts: jsonb('facts').$type<unknown>(),
    mood: mood('mood').default('glad').notNull(),
    secret: reversed('secret'),
    flag: boolean('flag').default(true).notNull(),
  },
  (table) => [index('things_order').on(table.flag, table.id)],
)

const ddl = sql.raw(`
  create type mood as enum ('sad', 'glad');
  create table things (
    id bigint generated always as identity primary key, the_label varchar(20) not null, at timestamptz, local timestamp, day date,
    price numeric(30, 10), big bigint, ratio real, tags text[], grid integer[][], facts jsonb, mood mood not null default 'glad', secret text,
    flag boolean not null default true
  );
  create index things_order on things (flag, id);
  create table notes (slug text primary key, body text);
  create table tokens (id uuid primary key, owner uuid);
  create table wide (${Array.from({ length: 200 }, (_, column) => `c${column} text`).join(', ')}, id uuid primary key);
`)

const notes = pgTable('notes', { slug: text('slug').primaryKey(), body: text('body') })
const tokens = pgTable('tokens', { ...randomKey(), owner: uuid('owner') })
const wide = pgTable('wide', {
  ...uuidKey(),
  ...Object.fromEntries(Array.from({ length: 200 }, (_, column) => [`c${column}`, text(`c${column}`)])),
})

class ThingRepository extends SqlRepository<typeof things> {
  constructor(database: PostgresDatabase) {
    super(database, things)
  }

  labels(options: ReadOptions = {}): Promise<{ label: string }[]> {
    return this.db(options.tx).select({ label: things.label }).from(things).orderBy(things.id)
  }
}

const cursorSecret = 'a secret of at least thirty-two characters'

describe.each(drivers)('SqlRepository by %s', (driver) => {
  const { connect } = useDatabase()
  let database: PostgresDatabase
  let repository: ThingRepository

  beforeEach(async () => {
    database = connect({ driver, cursorSecret })
    await database.execute(sql.raw('drop schema public cascade; create schema public'))
    await database.execute(ddl)
    repository = new ThingRepository(database)
  })

  it('stores and finds every type of column as its table declares it', async () => {
    const values = {
      label: 'a',
      at: new Date(1_700_000_000_123),
      local: '2024-02-29 12:00:00.123456',
      day: '2024-02-29',
      price: '12345678901234567890.0123456789',
      big: 2n ** 62n,
      ratio: 0.5,
      tags: ['', 'NULL', 'null', 'a,b', '{', '"', '\\', '\\"', ' x ', 'é\n'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      facts: { a: [1, 'x', null], b: { c: true } },
      mood: 'sad',
      secret: 'abc',
      flag: false,
    } as const
    const row = await repository.create({ ...values, tags: [...values.tags], grid: values.grid.map((line) => [...line]) })
    expect(row).toEqual({ id: 1, ...values })
    expect(await repository.get(row.id)).toEqual(row)
    expect(await database.execute(sql`select secret from things`)).toEqual([{ secret: 'cba' }])
    expect(
      await repository.findOne({ secret: { eq: 'abc' }, price: { eq: values.price }, big: { in: [values.big] }, mood: { eq: 'sad' } }),
    ).toEqual(row)
    expect(await repository.update(row.id, { facts: 'text', tags: [] })).toMatchObject({ facts: 'text', tags: [] })
    expect(await repository.update(row.id, { facts: [1, 2] })).toMatchObject({ facts: [1, 2] })
  })

  it('has the defaults of the table where nothing is given', async () => {
    expect(await repository.create({ label: 'a' })).toMatchObject({ mood: 'glad', flag: true, facts: null })
    const rows = await repository.createMany([{ label: 'b' }, { label: 'c', flag: false }])
    expect(rows.map(({ flag }) => flag)).toEqual([true, false])
  })

  it('pages by a column of microseconds, of any scale and of 64 bits, without losing a row', async () => {
    await database.execute(sql`insert into things (the_label, at, price, big, ratio)
      select 'r' || n, timestamptz '2024-01-01' + n / 3 * interval '1 microsecond', n / 3 / 10000000000.0, 9007199254740993 + n / 3, 0.1 + n / 3 * 0.1 from generate_series(1, 60) n`)
    for (const field of ['at', 'price', 'big', 'ratio'] as const) {
      for (const direction of ['asc', 'desc'] as const) {
        const ids: number[] = []
        const orderBy: SortKey<RowOf<typeof things>>[] = [{ field, direction }]
        let page = await repository.seek({ orderBy, limit: 7 })
        for (ids.push(...page.items.map(({ id }) => id)); page.next !== undefined; ids.push(...page.items.map(({ id }) => id))) {
          page = await repository.seek({ orderBy, limit: 7, cursor: page.next })
        }
        const expected = (await repository.list({ orderBy })).map(({ id }) => id)
        expect(ids, `${field} ${direction}`).toEqual(expected)
      }
    }
  })

  it('reads a keyset page as one range of an index', async () => {
    await database.execute(sql`insert into things (the_label) select 'r' || n from generate_series(1, 5000) n`)
    await database.execute(sql`analyze things`)
    const orderBy: SortKey<RowOf<typeof things>>[] = [{ field: 'flag', direction: 'asc' }]
    const explained: string[] = []
    const handle = connect({
      driver,
      cursorSecret,
      echo: true,
      logger: { ...silent, info: (fields) => void explained.push(String(Reflect.get(fields, 'text') ?? Reflect.get(fields, 'sql') ?? '')) },
    })
    const page = await new ThingRepository(handle).seek({ orderBy, limit: 10 })
    await new ThingRepository(handle).seek({ orderBy, limit: 10, cursor: page.next ?? '' })
    const text = explained.findLast((statement) => statement.includes('order by')) ?? ''
    const inlined = text.replace('$1', 'true').replace('$2', '2500').replace('$3', '11')
    const plan = await database.execute(sql.raw(`explain ${inlined}`))
    expect(JSON.stringify(plan)).toContain('Index Cond')
    expect(JSON.stringify(plan)).toContain('things_order')
    expect(JSON.stringify(plan)).not.toContain('Sort')
  })

  it('makes the text of a statement once, whatever its values', async () => {
    const made = vi.spyOn(PgDialect.prototype, 'sqlToQuery')
    try {
      const { id } = await repository.create({ label: 'a' })
      const calls = [
        () => repository.find(id),
        () => repository.create({ label: 'b' }),
        () => repository.update(id, { label: 'c' }),
        // One key alone is read as by find.
        () => repository.getMany(Array.from({ length: 1 + Math.ceil(Math.random() * 50) }, (_, key) => key)),
        () =>
          repository.list({
            where: { label: { in: Array.from({ length: Math.ceil(Math.random() * 50) }, String) }, flag: { eq: true } },
            limit: Math.ceil(Math.random() * 100),
          }),
        () => repository.page({ limit: 1, page: 2 }),
        () => repository.count({ label: { contains: 'x' } }),
      ]
      for (const call of calls) await call()
      made.mockClear()
      for (let turn = 0; turn < 20; turn += 1) for (const call of calls) await call()
      expect(made).not.toHaveBeenCalled()
    } finally {
      made.mockRestore()
    }
  })

  it('writes more rows than one statement has parameters for, in order, all or none', async () => {
    const broad = new SqlRepository(database, wide)
    const inputs = Array.from({ length: 700 }, (_, row) =>
      Object.fromEntries(Array.from({ length: 200 }, (_value, column) => [`c${column}`, `${row}/${column}`])),
    )
    const rows = await broad.createMany(inputs)
    expect(rows.map((row) => Reflect.get(row, 'c199'))).toEqual(inputs.map((_, row) => `${row}/199`))
    const ids = rows.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    await expect(broad.createMany([...inputs, { id: ids[0] }])).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
    expect(await broad.count()).toBe(700)
  })

  it('joins a transaction in custom queries as in its own', async () => {
    await database.transaction(async (tx) => {
      await repository.create({ label: 'inside' }, { tx })
      expect(await repository.labels({ tx })).toEqual([{ label: 'inside' }])
    })
    expect(await repository.labels()).toEqual([{ label: 'inside' }])
  })

  it('refuses a transaction of another database', async () => {
    const other = connect({ driver })
    await other.transaction(async (tx) => {
      await expect(repository.create({ label: 'x' }, { tx })).rejects.toMatchObject({ code: 'unsupported' })
      expect(() => repository.labels({ tx })).toThrow('unit of work')
    })
    expect(await repository.count()).toBe(0)
  })

  it('names the fields of a violation as the table declares them', async () => {
    const label = 'x'.repeat(30)
    await expect(repository.create({ label })).rejects.toMatchObject({ code: 'invalid-value' })
    const unchecked: { create(input: unknown): Promise<unknown> } = repository
    await expect(unchecked.create({})).rejects.toMatchObject({ code: 'not-null', fields: ['label'] })
    await expect(unchecked.create({ label: 'a', at: 'yesterday' })).rejects.toMatchObject({ code: 'invalid-value', fields: ['at'] })
  })

  it('works with a key that is not called id, and refuses a table without one', async () => {
    const repo = new SqlRepository(database, notes)
    await repo.create({ slug: 'b', body: 'x' })
    await repo.create({ slug: 'a' })
    expect(await repo.get('b')).toEqual({ slug: 'b', body: 'x' })
    expect((await repo.list()).map(({ slug }) => slug)).toEqual(['a', 'b'])
    expect(await repo.upsert({ slug: 'a', body: 'y' }, ['slug'])).toEqual({ row: { slug: 'a', body: 'y' }, created: false })
    expect(await repo.upsert({ slug: 'a' }, ['slug'])).toEqual({ row: { slug: 'a', body: 'y' }, created: false })
    expect(() => new SqlRepository(database, pgTable('keyless', { a: text('a') }))).toThrow('needs a field id')
  })

  it('has random keys where order must not show', async () => {
    const repo = new SqlRepository(database, tokens)
    const { id } = await repo.create({})
    expect(id[14]).toBe('4')
    await expect(repo.list({ where: { owner: { eq: 'nobody' } } })).rejects.toMatchObject({ code: 'invalid-value', fields: ['owner'] })
  })

  it('keeps a transaction usable after a malformed id', async () => {
    const repo = new SqlRepository(database, tokens)
    await database.transaction(async (tx) => {
      await expect(repo.find('nonsense', { tx })).rejects.toMatchObject({ code: 'invalid-value' })
      await repo.create({}, { tx })
    })
    expect(await repo.count()).toBe(1)
  })
})

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
