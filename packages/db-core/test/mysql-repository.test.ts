import { sql } from 'drizzle-orm'
import { bigint, datetime, decimal, double, int, mysqlTable, text, uniqueIndex, varbinary } from 'drizzle-orm/mysql-core'
import { beforeEach, expect, test } from 'vitest'
import { runAs } from '../src/mixins/actor.ts'
import { runInTenant } from '../src/mixins/tenant.ts'
import {
  audited,
  exactText,
  liveMarkColumn,
  liveUnique,
  randomKey,
  softDelete,
  SqlRepository,
  tenantScope,
  timestamped,
  uuidType,
  versioned,
  type MysqlDatabase,
} from '../src/sql/mysql/index.ts'
import { describeMysql, useMysql } from './support/mysql.ts'
import { failureOf } from './support/postgres.ts'

const counters = mysqlTable(
  'counters',
  {
    ...timestamped(),
    name: exactText('name').notNull(),
    total: bigint('total', { mode: 'bigint' }),
    price: decimal('price', { precision: 30, scale: 10 }),
    ...softDelete(),
    ...versioned(),
  },
  (table) => [liveUnique('counters_name').on(table.name)],
)

const notes = mysqlTable(
  'notes',
  { ...audited(), code: exactText('code').notNull(), other: exactText('other').notNull(), ...tenantScope() },
  (table) => [uniqueIndex('notes_code').on(table.tenantId, table.code), uniqueIndex('notes_other').on(table.other)],
)

const things = mysqlTable('things', {
  ...randomKey(),
  whole: int('whole'),
  ratio: double('ratio'),
  price: decimal('price', { precision: 12, scale: 2 }),
  at: datetime('happened_at', { mode: 'date', fsp: 3 }),
  bytes: varbinary('bytes', { length: 8 }),
  words: text('words'),
  code: exactText('code'),
})

const ddl = `
  drop table if exists counters; drop table if exists notes; drop table if exists things;
  create table counters (
    id bigint primary key auto_increment, created_at datetime(3) not null default now(3), updated_at datetime(3) not null default now(3),
    name varchar(255) not null, total bigint, price decimal(30,10), deleted_at datetime(3), deleted_by varchar(255), version int not null default 1,
    ${liveMarkColumn}, unique key counters_name (name, live_mark)
  );
  create table notes (
    id ${uuidType} primary key, created_at datetime(3) not null default now(3), updated_at datetime(3) not null default now(3),
    created_by varchar(255) not null, updated_by varchar(255) not null, code varchar(255) not null, other varchar(255) not null,
    tenant_id varchar(255) not null, unique key notes_code (tenant_id, code), unique key notes_other (other)
  );
  create table things (
    id ${uuidType} primary key, whole int, ratio double, price decimal(12,2), happened_at datetime(3), bytes varbinary(8), words text,
    code varchar(255), key things_code (code, id), key things_whole (whole)
  )`

describeMysql('repositories on MySQL', () => {
  const { connect } = useMysql()
  let database: MysqlDatabase
  const repository = {
    counters: () => new SqlRepository(database, counters),
    notes: () => new SqlRepository(database, notes),
    things: () => new SqlRepository(database, things),
  }
  const asUser = <Result>(tenant: string, work: () => Promise<Result>) => runAs('someone', () => runInTenant(tenant, work))

  beforeEach(async () => {
    database = connect({ poolSize: 5, cursorSecret: 'a secret of at least thirty-two characters' })
    await database.execute(sql.raw(ddl))
  })

  test('keys that the database counts come back in the order of the rows', async () => {
    const first = await repository.counters().create({ name: 'first' })
    expect(first).toMatchObject({ id: 1, name: 'first', version: 1, total: null, createdAt: expect.any(Date) })
    const many = await repository.counters().createMany(Array.from({ length: 2500 }, (_, n) => ({ name: `n${n}` })))
    expect(many.map(({ name }) => name)).toEqual(Array.from({ length: 2500 }, (_, n) => `n${n}`))
    expect(new Set(many.map(({ id }) => id)).size).toBe(2500)
    expect(await repository.counters().get(many[7]?.id ?? 0)).toEqual(many[7])
  })

  test('rows of one call that partly bring their keys are refused, for which got which is not known', async () => {
    const rows = [{ id: 70, name: 'a' }, { name: 'b' }]
    expect(await failureOf(repository.counters().createMany(rows))).toMatchObject({ code: 'unsupported' })
    expect(await repository.counters().count()).toBe(0)
  })

  test('sums are exact beyond what a number holds', async () => {
    const { id } = await repository.counters().create({ name: 'a', total: 9007199254740993n, price: '12345678901234567890.1234567891' })
    await repository.counters().increment(id, { total: 2 })
    const row = await repository.counters().increment(id, { price: 1 })
    expect(row).toMatchObject({ total: 9007199254740995n, price: '12345678901234567891.1234567891', version: 3 })
  })

  test('an upsert tells whether it created the row, also when it changes nothing', async () => {
    const upsert = (input: { name: string; total?: bigint }) => repository.counters().upsert(input, ['name'])
    expect(await upsert({ name: 'a' })).toMatchObject({ created: true, row: { id: 1, version: 1 } })
    expect(await upsert({ name: 'a' })).toMatchObject({ created: false, row: { id: 1, version: 1 } })
    expect(await upsert({ name: 'a', total: 5n })).toMatchObject({ created: false, row: { id: 1, total: 5n, version: 2 } })
    expect(await upsert({ name: 'a', total: 5n })).toMatchObject({ created: false, row: { id: 1, total: 5n, version: 3 } })
    expect(await repository.counters().count()).toBe(1)
  })

  test('of fifty upserts of one key at once exactly one creates', async () => {
    const upserts = Array.from({ length: 50 }, (_, n) => repository.counters().upsert({ name: 'same', total: BigInt(n) }, ['name']))
    const answers = await Promise.all(upserts)
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(answers.map(({ row }) => row.id)).size).toBe(1)
    expect(await repository.counters().list()).toMatchObject([{ name: 'same', version: 50 }])
  })

  test('of many upsertMany of the same keys at once each key is created once', async () => {
    const inputs = Array.from({ length: 10 }, (_, n) => ({ name: `n${n}`, total: BigInt(n) }))
    const calls = Array.from({ length: 8 }, () => repository.counters().upsertMany(inputs, ['name']))
    const outcomes = await Promise.allSettled(calls)
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'serialization' })
    expect(answers.filter(({ created }) => created)).toHaveLength(10)
    expect(await repository.counters().count()).toBe(10)
  })

  test('an upsert by one key never touches the row of another key', async () => {
    await asUser('t', async () => {
      const one = await repository.notes().create({ code: 'one', other: 'x' })
      const two = await repository.notes().create({ code: 'two', other: 'y' })
      const conflict = { code: 'conflict', fields: ['other'] }
      expect(await failureOf(repository.notes().upsert({ code: 'three', other: 'x' }, ['code']))).toMatchObject(conflict)
      expect(
        await failureOf(
          repository.notes().upsertMany(
            [
              { code: 'three', other: 'x' },
              { code: 'four', other: 'z' },
            ],
            ['code'],
          ),
        ),
      ).toMatchObject(conflict)
      expect(await failureOf(repository.notes().upsert({ code: 'one', other: 'y' }, ['code']))).toMatchObject(conflict)
      const answer = await repository.notes().upsert({ id: two.id, code: 'one', other: 'changed' }, ['code'])
      expect(answer).toMatchObject({ created: false, row: { id: one.id, other: 'changed' } })
      expect(await repository.notes().get(two.id)).toEqual(two)
      expect(await repository.notes().count()).toBe(2)
    })
  })

  test('an upsert by the key of a row that the call may not see is Conflict, and changes nothing', async () => {
    const foreign = await asUser('t', () => repository.notes().create({ code: 'one', other: 'x' }))
    const input = { id: foreign.id, code: 'mine', other: 'y' }
    expect(await failureOf(asUser('u', () => repository.notes().upsert(input, ['id'])))).toMatchObject({ code: 'conflict', fields: ['id'] })
    const two = [input, { id: crypto.randomUUID(), code: 'b', other: 'b' }]
    expect(await failureOf(asUser('u', () => repository.notes().upsertMany(two, ['id'])))).toMatchObject({
      code: 'conflict',
      fields: ['id'],
    })
    expect(await asUser('t', () => repository.notes().get(foreign.id))).toEqual(foreign)
    expect(await asUser('u', () => repository.notes().count())).toBe(0)
  })

  test('an upsert by fields that no unique key has is Unsupported', async () => {
    expect(await failureOf(repository.counters().upsert({ name: 'a', total: 1n }, ['total']))).toMatchObject({ code: 'unsupported' })
  })

  test('a deleted row frees its unique key, and can only come back while it is free', async () => {
    const old = await repository.counters().create({ name: 'a' })
    await repository.counters().delete(old.id)
    const { row, created } = await repository.counters().upsert({ name: 'a' }, ['name'])
    expect({ created, other: row.id !== old.id }).toEqual({ created: true, other: true })
    expect(await failureOf(repository.counters().restore(old.id))).toMatchObject({ code: 'conflict', fields: ['name'] })
    await repository.counters().delete(row.id)
    await repository.counters().restore(old.id)
    expect(await repository.counters().list({}, { scope: 'all' })).toHaveLength(2)
  })

  test('the mark of live rows shows in no row', async () => {
    const row = await repository.counters().create({ name: 'a' })
    expect(Object.keys(row)).not.toContain('live_mark')
    expect(await database.execute(sql`select * from counters where id = ${row.id}`)).toMatchObject([
      expect.not.objectContaining({ live_mark: 1 }),
    ])
  })

  test('lists of every type find their rows, short and long', async () => {
    const row = await repository
      .things()
      .create({ whole: 7, ratio: 0.1, price: '1.50', at: new Date('2024-01-02T03:04:05.678Z'), bytes: 'ab', words: 'Straße ', code: 'A' })
    await repository.things().create({ whole: 8, ratio: 0.2, price: '2.50', at: new Date(0), bytes: 'cd', words: 'straße', code: 'a ' })
    const filler = Array.from({ length: 1100 }, (_, n) => n)
    const lists = [
      { id: { in: [row.id] } },
      { id: { in: [row.id, ...filler.map(() => crypto.randomUUID())] } },
      { whole: { in: [7, 9] } },
      { whole: { in: [7, ...filler.map((n) => n + 100)] } },
      { ratio: { in: [0.1, ...filler.map((n) => n + 0.5)] } },
      { price: { in: ['1.5', ...filler.map((n) => `${n}.25`)] } },
      { at: { in: [new Date('2024-01-02T03:04:05.678Z'), ...filler.map((n) => new Date(n + 1))] } },
      { words: { in: ['Straße ', 'none'] } },
      { words: { in: ['Straße ', ...filler.map((n) => `w${n}`)] } },
      { code: { in: ['A', ...filler.map((n) => `c${n}`)] } },
      { code: { in: ['A', 'b', 'c'] } },
    ]
    for (const where of lists) expect((await repository.things().list({ where })).map(({ id }) => id)).toEqual([row.id])
    expect(await repository.things().count({ whole: { notIn: filler } })).toBe(0)
    expect(await repository.things().count({ words: { in: ['STRASSE', ...filler.map(String)], ignoreCase: true } })).toBe(0)
    expect(await repository.things().count({ words: { in: ['STRAßE', ...filler.map(String)], ignoreCase: true } })).toBe(1)
  })

  test('keys are looked through as text, and bytes are found by short lists and long ones', async () => {
    const row = await repository.things().create({ bytes: 'Ab', code: 'x' })
    expect(await repository.things().count({ id: { startsWith: row.id.slice(0, 9) } })).toBe(1)
    expect(await repository.things().count({ id: { eq: row.id.toUpperCase(), ignoreCase: true } })).toBe(1)
    const long = Array.from({ length: 1100 }, (_, n) => `n${n}`)
    expect(await repository.things().getOne({ bytes: { in: ['Ab', 'n'] } })).toEqual(row)
    expect(await repository.things().getOne({ bytes: { in: ['Ab', ...long] } })).toEqual(row)
  })

  test('a value that the column cannot hold is refused, not read as another one', async () => {
    await repository.things().create({ whole: 0, ratio: 0 })
    const unchecked: { list(query: unknown): Promise<unknown>; create(input: unknown): Promise<unknown> } = repository.things()
    for (const where of [
      { whole: { eq: 'abc' } },
      { whole: { eq: '' } },
      { whole: { eq: 0.5 } },
      { ratio: { in: ['x'] } },
      { price: { gt: '1,5' } },
    ])
      expect(await failureOf(unchecked.list({ where }))).toMatchObject({ code: 'invalid-value' })
    expect(await failureOf(unchecked.create({ whole: 1.5 }))).toMatchObject({ code: 'invalid-value', fields: ['whole'] })
    expect(await repository.things().count({ code: { eq: '0' } })).toBe(0)
  })

  test('keyset pages and writes by a list go by an index where the text is exact', async () => {
    await repository.things().createMany(Array.from({ length: 3000 }, (_, n) => ({ code: `c${n % 50}`, whole: n })))
    await database.execute(sql.raw('analyze table things'))
    const lines: string[] = []
    const info = (fields: object) => void ('sql' in fields && lines.push(String(fields.sql)))
    const quiet = () => {}
    const watched = connect({
      echo: true,
      cursorSecret: 'a secret of at least thirty-two characters',
      logger: { info, debug: quiet, warn: quiet, error: quiet },
    })
    const watchedThings = new SqlRepository(watched, things)
    const orderBy = [{ field: 'code', direction: 'asc', nulls: 'first' }] as const
    const page = await watchedThings.seek({ orderBy, limit: 5 })
    await watchedThings.seek({ orderBy, limit: 5, cursor: page.next ?? '' })
    const [first] = lines
    const plan = await watched.execute(sql.raw(`explain ${first?.replace('?', '5')}`))
    expect(plan).toMatchObject([{ key: 'things_code', Extra: expect.not.stringContaining('filesort') }])
    lines.length = 0
    expect(await watchedThings.deleteMany({ whole: { in: [1, 2, 3] } })).toBe(3)
    expect(await watched.execute(sql.raw(`explain ${lines[0]?.replace(/\?, \?, \?, \?/, '4, 5, 6, 6')}`))).toMatchObject([
      { key: 'things_whole' },
    ])
  })
})
