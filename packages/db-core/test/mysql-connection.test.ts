import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import {
  CheckError,
  ConflictError,
  ForeignKeyError,
  InvalidValueError,
  NotNullError,
  UnavailableError,
  UnknownDatabaseError,
} from '../src/errors/repository-error.ts'
import { connectMysql, type MysqlDatabase } from '../src/sql/mysql/index.ts'
import { people, peopleDdl, person } from './support/mysql-people.ts'
import { describeMysql, useMysql } from './support/mysql.ts'
import { failureOf } from './support/postgres.ts'

describeMysql('a connection to MySQL', () => {
  const { connect, url } = useMysql()
  let database: MysqlDatabase

  beforeEach(async () => {
    database = connect({ poolSize: 1, maxOverflow: 0 })
    await database.execute(sql.raw(peopleDdl))
    database.learn(people)
  })

  test('execute gives objects with the names of the database: times as Date, numbers that could be rounded as text', async () => {
    await database.drizzle.insert(people).values(person)
    const [row] = await database.execute(
      sql`select email, seen_at, visits, balance, active, (select count(*) from people) as n from people`,
    )
    expect(row).toEqual({
      email: person.emailAddress,
      seen_at: person.seenAt,
      visits: String(person.visits),
      balance: person.balance,
      active: 0,
      n: '1',
    })
  })

  test('parameters come back as what they were: numbers, large numbers, fractions, text, bytes, times, null', async () => {
    const at = new Date('1969-12-31T23:59:59.999Z')
    const query = sql`select ${1} as a, ${2 ** 40} as b, ${0.1} as c, ${"ä'\\"} as d, ${null} as e, cast(${at} as datetime(3)) as f, ${true} as g, ${9007199254740993n} as h`
    expect(await database.execute(query)).toEqual([
      { a: 1, b: String(2 ** 40), c: 0.1, d: "ä'\\", e: null, f: at, g: 1, h: '9007199254740993' },
    ])
    const bytes = new Uint8Array([0, 255, 39, 92])
    expect(await database.execute(sql`select ${bytes} as bytes`)).toEqual([{ bytes: Buffer.from(bytes) }])
  })

  test('a script of several statements answers with the last', async () => {
    expect(await database.execute(sql.raw('select 1 as a; select 2 as b'))).toEqual([{ b: 2 }])
    expect(await database.execute(sql.raw("select 1 as a; insert into people (id, email) values (uuid(), 'x')"))).toEqual([])
  })

  test('a text with parameters is one statement, and no value becomes part of it', async () => {
    const text = "x'; drop table people; -- "
    expect(await database.execute(sql`select ${text} as text`)).toEqual([{ text }])
    expect(await failureOf(database.execute(sql`select ${1}; drop table people`))).toBeInstanceOf(UnknownDatabaseError)
    expect(await database.execute(sql`select count(*) as n from people where email = ${text}`)).toEqual([{ n: '0' }])
  })

  test('affected tells how many rows an update matched, changed or not', async () => {
    await database.drizzle.insert(people).values(person)
    expect(await database.affected(sql`update people set age = 36`)).toBe(1)
    expect(await database.affected(sql`delete from people where age = ${1}`)).toBe(0)
  })

  test('a text that is used again is prepared once per connection, and one used once leaves nothing behind', async () => {
    const status = async (name: string) => Number((await database.execute(sql.raw(`show session status like '${name}'`)))[0]?.Value)
    for (const n of [1, 2, 3]) await database.execute(sql`select ${n} as n`)
    const prepared = await status('Com_stmt_prepare')
    const closed = await status('Com_stmt_close')
    for (const n of [4, 5, 6]) await database.execute(sql`select ${n} as n`)
    expect(await status('Com_stmt_prepare')).toBe(prepared)
    await database.execute(sql`select ${1} as used_once`)
    expect(await status('Com_stmt_close')).toBe(closed + 1)
  })

  test('shapes without bound replace the connection instead of filling it', async () => {
    const ids = new Set<unknown>()
    for (let shape = 0; shape < 300; shape++) {
      for (const n of [1, 2]) await database.execute(sql`select ${n} as ${sql.identifier(`n${shape}`)}`)
      ids.add((await database.execute(sql.raw('select connection_id() as id')))[0]?.id)
    }
    expect(ids.size).toBeGreaterThan(1)
    expect(database.poolHealth()).toMatchObject({ open: 1, waiting: 0 })
  })

  test('a statement planned before a column was added works after it, alone and in a transaction', async () => {
    const all = sql`select * from people where id = ${person.id}`
    for (const _time of [1, 2, 3]) expect(await database.execute(all)).toEqual([])
    await database.execute(sql.raw('alter table people add column more int'))
    await database.drizzle.insert(people).values(person)
    expect(await database.execute(all)).toMatchObject([{ more: null }])
    expect(await database.transaction((tx) => tx.execute(all))).toMatchObject([{ more: null }])
  })

  test('errors are classed by number and name entity, fields and constraint', async () => {
    await database.drizzle.insert(people).values(person)
    const { emailAddress } = person
    const other = { ...person, id: crypto.randomUUID() }
    const insert = (row: Partial<typeof people.$inferInsert>) =>
      failureOf(
        database.drizzle
          .insert(people)
          .values({ ...other, emailAddress: 'b', ...row })
          .execute(),
      )
    const cases = [
      [await insert({ emailAddress }), ConflictError, { entity: 'people', fields: ['emailAddress'], constraint: 'people_email' }],
      [await insert({ id: person.id }), ConflictError, { entity: 'people', fields: ['id'], constraint: 'PRIMARY' }],
      [await insert({ bossId: crypto.randomUUID() }), ForeignKeyError, { entity: 'people', fields: ['bossId'], constraint: 'people_boss' }],
      [await insert({ age: -1 }), CheckError, { entity: 'people', fields: ['age'], constraint: 'people_age' }],
      [
        await failureOf(database.execute(sql`insert into people (id, email) values (${other.id}, ${null})`)),
        NotNullError,
        { entity: 'people', fields: ['emailAddress'] },
      ],
      [
        await failureOf(database.execute(sql`insert into people (id) values (${other.id})`)),
        NotNullError,
        { entity: 'people', fields: ['emailAddress'] },
      ],
      [await insert({ emailAddress: 'x'.repeat(300) }), InvalidValueError, {}],
      [await insert({ age: 2 ** 40 }), InvalidValueError, {}],
      [await failureOf(database.execute(sql`update people set seen_at = ${'nonsense'}`)), InvalidValueError, {}],
      [await failureOf(database.execute(sql`select * from nowhere where id = ${1}`)), UnknownDatabaseError, {}],
    ] as const
    for (const [failure, type, details] of cases) {
      expect(failure).toBeInstanceOf(type)
      expect(failure).toMatchObject(details)
      expect(JSON.stringify(failure)).not.toContain(person.id)
    }
    await database.drizzle.insert(people).values({ ...other, emailAddress: 'c', bossId: person.id })
    expect(await failureOf(database.execute(sql`delete from people where id = ${person.id}`))).toMatchObject({
      code: 'foreign-key',
      entity: 'people',
      fields: ['bossId'],
    })
  })

  test('a value that looks like the end of a message is not taken for a name', async () => {
    const tricky = "x' for key 'people_age"
    await database.drizzle.insert(people).values({ ...person, emailAddress: tricky })
    const again = database.drizzle.insert(people).values({ ...person, id: crypto.randomUUID(), emailAddress: tricky })
    expect(await failureOf(again.execute())).toMatchObject({ constraint: 'people_email', fields: ['emailAddress'] })
  })

  test('an invalid date is refused before it is sent', async () => {
    expect(await failureOf(database.execute(sql`select ${new Date(Number.NaN)} as x`))).toBeInstanceOf(InvalidValueError)
  })

  test('an undefined parameter is refused before it is sent', async () => {
    expect(await failureOf(database.execute(sql`select ${sql.param(undefined)} as x`))).toBeInstanceOf(InvalidValueError)
  })

  test('every session is told what its statements mean, whatever the server thinks', async () => {
    const [row] = await database.execute(
      sql`select @@session.sql_mode as mode, @@time_zone as zone, @@collation_connection as collation_name, @@innodb_lock_wait_timeout as lock_wait`,
    )
    expect(row).toMatchObject({ zone: '+00:00', lock_wait: '2', collation_name: expect.stringMatching(/nopad_bin|0900_bin/) })
    for (const mode of ['STRICT_ALL_TABLES', 'ONLY_FULL_GROUP_BY', 'NO_BACKSLASH_ESCAPES']) expect(row?.mode).toContain(mode)
  })

  test('a port where nobody listens, a wrong password and a missing database are Unavailable at once', async () => {
    const wrong = [
      url().replace(/:\d+\//, ':1/'),
      url().replace(/root:[^@]+@/, 'root:wrong@'),
      `${url()}_missing`,
      url().replace(/root:[^@]+@/, 'nobody@'),
    ]
    for (const target of wrong) expect(await failureOf(connect({}, target).ping())).toBeInstanceOf(UnavailableError)
  })

  test('a server without TLS is Unavailable for a URL that demands it', async () => {
    expect(await failureOf(connect({ connectTimeoutMs: 2000 }, `${url()}?ssl-mode=VERIFY_IDENTITY`).ping())).toBeInstanceOf(
      UnavailableError,
    )
  })

  test('mariadb:// is the same, and close ends every connection', async () => {
    const other = connectMysql(url().replace('mysql:', 'mariadb:'), { poolSize: 2 })
    expect(await other.health()).toMatchObject({ ok: true, pool: { open: 1 } })
    await other.close()
    expect(other.poolHealth().open).toBe(0)
    expect(await failureOf(other.ping())).toBeInstanceOf(UnavailableError)
  })

  test('the log holds the masked URL, and with echo each text without its values', async () => {
    const lines: string[] = []
    const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
    const logged = connect({ echo: true, logger: { debug: write, info: write, warn: write, error: write } })
    await logged.execute(sql`select ${'canary'} as text`)
    expect(lines.join('\n')).toContain('select ? as text')
    expect(lines.join('\n')).not.toMatch(/canary|polystore@/)
  })
})
