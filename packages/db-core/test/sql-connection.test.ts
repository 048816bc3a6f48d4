import { eq, sql } from 'drizzle-orm'
import { DrizzleQueryError } from 'drizzle-orm/errors'
import { bigint, boolean, date, integer, jsonb, numeric, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  CheckError,
  ConflictError,
  ForeignKeyError,
  InvalidValueError,
  LockTimeoutError,
  NotNullError,
  StatementTimeoutError,
  UnavailableError,
  UnknownDatabaseError,
} from '../src/errors/repository-error.ts'
import { connectPostgres, type PostgresDatabase } from '../src/sql/index.ts'
import { postgresErrors } from '../src/sql/postgres/postgres-errors.ts'
import { SqlNames } from '../src/sql/sql-names.ts'
import { drivers, failureOf, signal, useDatabase } from './support/postgres.ts'

const people = pgTable('people', {
  id: uuid('id').primaryKey(),
  emailAddress: text('email').notNull(),
  age: integer('age'),
  visits: bigint('visits', { mode: 'number' }),
  bornOn: date('born_on'),
  seenAt: timestamp('seen_at', { withTimezone: true }),
  extra: jsonb('extra'),
  tags: text('tags').array(),
  active: boolean('active'),
  balance: numeric('balance', { precision: 12, scale: 2 }),
  bossId: uuid('boss_id'),
})

const schema = sql`
  drop table if exists people;
  create table people (
    id uuid primary key, email text not null, age int check (age >= 0), visits bigint, born_on date, seen_at timestamptz, extra jsonb, tags text[],
    active boolean, balance numeric(12,2), boss_id uuid references people);
  create unique index people_email_lower on people (lower(email))`

const person = {
  id: '7c0e9f0a-0a53-4a4e-8d6e-6d1f5a8a1c11',
  emailAddress: 'ada@example.org',
  age: 36,
  visits: Number.MAX_SAFE_INTEGER,
  bornOn: '1815-12-10',
  seenAt: new Date('2024-02-29T12:34:56.789Z'),
  extra: { nested: ['1', 2, null], text: 'ä"\\' },
  tags: ['a', 'b"c', 'd,e'],
  active: false,
  balance: '12.50',
  bossId: null,
}

describe.each(drivers)('a connection by %s', (driver) => {
  const { connect, url } = useDatabase()
  let database: PostgresDatabase

  beforeEach(async () => {
    database = connect({ driver, poolSize: 2, maxOverflow: 0 })
    await database.execute(schema)
    database.learn(people)
  })

  test('columns come back through Drizzle as they were written', async () => {
    await database.drizzle.insert(people).values(person)
    expect(await database.drizzle.select().from(people).where(eq(people.id, person.id))).toEqual([person])
  })

  test('JSON text that looks like a number stays text', async () => {
    await database.drizzle.insert(people).values({ ...person, extra: '123' })
    expect((await database.drizzle.select().from(people))[0]?.extra).toBe('123')
  })

  test('execute gives objects with the names of the database, times as Date and JSON parsed', async () => {
    await database.drizzle.insert(people).values(person)
    const rows = await database.execute(
      sql`select email, seen_at, extra, tags, visits from people where active = ${false} and seen_at = ${person.seenAt}`,
    )
    expect(rows).toEqual([
      { email: 'ada@example.org', seen_at: person.seenAt, extra: person.extra, tags: person.tags, visits: '9007199254740991' },
    ])
  })

  test('a script of several statements answers with the last', async () => {
    expect(await database.execute(sql`select 1 as one; select 2 as two`)).toEqual([{ two: 2 }])
  })

  test('affected tells how many rows a statement changed', async () => {
    await database.drizzle.insert(people).values(person)
    expect(await database.affected(database.drizzle.update(people).set({ age: 37 }))).toBe(1)
    expect(await database.affected(sql`delete from people where age > ${100}`)).toBe(0)
  })

  test('a join that finds nothing gives null for its table', async () => {
    await database.drizzle.insert(people).values(person)
    const boss = database.drizzle.select().from(people).as('boss')
    const rows = await database.drizzle.select().from(people).leftJoin(boss, eq(people.bossId, boss.id))
    expect(rows).toEqual([{ people: person, boss: null }])
  })

  test('Drizzle counts, and keeps queries whose values come later', async () => {
    await database.drizzle.insert(people).values(person)
    expect(await database.drizzle.$count(people, eq(people.id, person.id))).toBe(1)
    const byId = database.drizzle
      .select({ email: people.emailAddress, upper: sql<string>`upper(${people.emailAddress})`.as('upper') })
      .from(people)
      .where(eq(people.id, sql.placeholder('id')))
      .prepare('by_id')
    const { emailAddress } = person
    expect(await byId.execute({ id: person.id })).toEqual([{ email: emailAddress, upper: emailAddress.toUpperCase() }])
    expect(await byId.execute({ id: crypto.randomUUID() })).toEqual([])
  })

  test("an error that Drizzle has wrapped is told by the database's code, and one that is none is unknown", () => {
    const names = new SqlNames()
    const driverError = Object.assign(new Error('Key (email)=(canary-4711) exists'), {
      code: '23505',
      table: 'people',
      constraint: 'people_email',
    })
    const wrapped = new DrizzleQueryError('insert into people values ($1)', ['canary-4711'], driverError)
    const translated = postgresErrors.translate(wrapped, names)
    expect(translated).toMatchObject({ code: 'conflict' })
    expect(translated.message).not.toContain('canary')
    for (const thrown of ['a text', undefined, null, 5]) expect(postgresErrors.translate(thrown, names)).toMatchObject({ code: 'unknown' })
    expect(postgresErrors.isConnectionLoss(Object.assign(new Error('gone'), { code: '08006' }))).toBe(true)
    expect(postgresErrors.isConnectionLoss(Object.assign(new Error('bad message'), { code: '08P01' }))).toBe(false)
  })

  test('a shape is prepared once per connection and a shape used once is not', async () => {
    const single = connect({ driver, poolSize: 1, maxOverflow: 0 })
    for (let age = 0; age < 5; age++) await single.execute(sql`select id from people where age = ${age}`)
    await single.execute(sql`select email from people where age = ${1}`)
    const prepared = await single.execute(
      sql`select count(*)::int as shapes from pg_prepared_statements where statement like '%from people%'`,
    )
    expect(prepared).toEqual([{ shapes: 1 }])
  })

  test('shapes without bound replace the connection instead of filling it', async () => {
    const single = connect({ driver, poolSize: 1, maxOverflow: 0 })
    let most = 0
    for (let shape = 0; shape < 600; shape++) {
      const statement = sql`select ${shape}::int as ${sql.identifier(`c${shape}`)}`
      await single.execute(statement)
      await single.execute(statement)
      if (shape % 50 === 49) most = Math.max(most, await preparedShapes(single))
    }
    expect(most).toBeGreaterThan(100)
    expect(most).toBeLessThanOrEqual(256)
  })

  test('a statement planned before a column was added works after it, alone and in a transaction', async () => {
    const single = connect({ driver, poolSize: 1, maxOverflow: 0 })
    const everyone = sql`select * from people where age >= ${0}`
    await database.drizzle.insert(people).values(person)
    for (const column of ['nickname', 'title']) {
      await single.execute(everyone)
      await single.execute(everyone)
      await database.execute(sql`alter table people add column ${sql.identifier(column)} text`)
      const rows = column === 'title' ? await single.execute(everyone) : await single.transaction((tx) => tx.execute(everyone))
      expect(rows[0]).toHaveProperty(column, null)
    }
  })

  test('errors are classed by code and name entity, fields and constraint', async () => {
    await database.drizzle.insert(people).values(person)
    const insert = (values: Partial<typeof people.$inferInsert>) =>
      failureOf(
        database.drizzle.insert(people).values({ ...person, id: crypto.randomUUID(), emailAddress: crypto.randomUUID(), ...values }),
      )
    const conflict = await insert({ emailAddress: 'ADA@example.org' })
    expect(conflict).toBeInstanceOf(ConflictError)
    expect(conflict).toMatchObject({ entity: 'people', fields: ['emailAddress'], constraint: 'people_email_lower' })
    expect(await insert({ id: person.id })).toMatchObject({ code: 'conflict', fields: ['id'] })
    expect(await insert({ bossId: crypto.randomUUID() })).toMatchObject({ code: 'foreign-key', fields: ['bossId'] })
    expect(await insert({ age: -1 })).toBeInstanceOf(CheckError)
    expect(await failureOf(database.execute(sql`insert into people (id) values (${crypto.randomUUID()})`))).toMatchObject({
      fields: ['emailAddress'],
    })
    expect(await failureOf(database.execute(sql`insert into people (id) values (${crypto.randomUUID()})`))).toBeInstanceOf(NotNullError)
    expect(await failureOf(database.execute(sql`select ${'abc'}::int`))).toBeInstanceOf(InvalidValueError)
    expect(await failureOf(database.execute(sql`selekt ${'abc'}`))).toBeInstanceOf(UnknownDatabaseError)
    expect(await insert({ bossId: crypto.randomUUID() })).toBeInstanceOf(ForeignKeyError)
  })

  test('no value reaches the text of an error, its JSON or its own properties', async () => {
    await database.drizzle.insert(people).values(person)
    const failures = [
      await failureOf(database.drizzle.insert(people).values({ ...person, emailAddress: 'canary-4711' })),
      await failureOf(database.execute(sql`select ${'canary-4711'}::int`)),
      await failureOf(database.execute(sql`select 1 from people where no_such = ${'canary-4711'}`)),
    ]
    for (const failure of failures)
      expect(`${failure.stack}${JSON.stringify(failure)}${Object.values(failure).join()}`).not.toContain('canary-4711')
  })

  test('an undefined parameter is refused before it is sent', async () => {
    expect(await failureOf(database.execute(sql`select ${sql.param(undefined)}::int`))).toBeInstanceOf(InvalidValueError)
  })

  test('the server ends an overlong statement and the connection lives on', async () => {
    const hasty = connect({ driver, poolSize: 1, maxOverflow: 0, statementTimeoutMs: 150 })
    const [before] = await hasty.execute(sql`select pg_backend_pid() as pid`)
    expect(await failureOf(hasty.execute(sql`select pg_sleep(${5})`))).toBeInstanceOf(StatementTimeoutError)
    expect(await hasty.execute(sql`select pg_backend_pid() as pid`)).toEqual([before])
  })

  test('a lock that is not free in time is LockTimeout', async () => {
    const hasty = connect({ driver, poolSize: 2, maxOverflow: 0, lockTimeoutMs: 100 })
    await database.drizzle.insert(people).values(person)
    const done = signal()
    const locked = signal()
    const holder = hasty.transaction(async (tx) => {
      await tx.execute(sql`select 1 from people for update`)
      locked.send()
      await done.promise
    })
    await locked.promise
    expect(await failureOf(hasty.execute(sql`update people set age = 1`))).toBeInstanceOf(LockTimeoutError)
    done.send()
    await holder
  })

  test('a port where nobody listens, a wrong password and a missing database are Unavailable at once', async () => {
    const closed = new URL(url())
    closed.port = '1'
    const wrong = new URL(url())
    wrong.pathname = '/no_such_database'
    for (const target of [closed, wrong]) {
      const startedAt = performance.now()
      expect(await failureOf(connect({ driver }, target.href).ping())).toBeInstanceOf(UnavailableError)
      expect(performance.now() - startedAt).toBeLessThan(2000)
    }
  })

  test('health tells the latency and the pool, or why not', async () => {
    expect(await database.health()).toMatchObject({ ok: true, pool: { open: 1, idle: 1, waiting: 0, max: 2 } })
    const closed = new URL(url())
    closed.port = '1'
    expect(await connect({ driver }, closed.href).health()).toEqual({ ok: false, reason: 'unavailable' })
  })

  test('the log holds the masked URL, and with echo each text without its values', async () => {
    const lines: string[] = []
    const keep = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
    const logged = connect({ driver, echo: true, logger: { debug: keep, info: keep, warn: keep, error: keep } })
    await logged.execute(sql`select ${'canary-4711'}::text as canary`)
    const log = lines.join('\n')
    expect(log).toContain('connecting')
    expect(log).toContain('select $1::text as canary')
    expect(log).toMatch(/"ms":\d/)
    expect(log).not.toContain('canary-4711')
    expect(log).not.toContain(new URL(url()).password)
  })
})

test('a URL that is none is refused without being quoted', () => {
  expect(() => connectPostgres('mysql://user:canary-4711@host/db')).toThrow(InvalidValueError)
  expect(() => connectPostgres('user:canary-4711@')).toThrow(/must start with/)
})

async function preparedShapes(database: PostgresDatabase): Promise<number> {
  const [row] = await database.execute<{ shapes: number }>(sql`select count(*)::int as shapes from pg_prepared_statements`)
  return row?.shapes ?? 0
}
