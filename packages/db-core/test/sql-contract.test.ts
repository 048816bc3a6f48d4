import { sql } from 'drizzle-orm'
import { getTableConfig, index, integer, pgTable, text, uniqueIndex, varchar } from 'drizzle-orm/pg-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DatabaseLogger } from '../src/connection/database-logger.ts'
import { ConflictError, UnsupportedError } from '../src/errors/repository-error.ts'
import { belongsTo } from '../src/relations/relation.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import { identityKey, liveUnique, searchIndex, slug, softDelete, SqlRepository, uuidKey, type PostgresDatabase } from '../src/sql/index.ts'
import { postgresDialect } from '../src/sql/postgres/postgres-dialect.ts'
import { failureOf, useDatabase } from './support/postgres.ts'

const articles = pgTable(
  'articles',
  { ...uuidKey(), title: text('title').notNull(), body: text('body'), ...slug('title'), ...softDelete() },
  (table) => [liveUnique('articles_slug').on(table.slug), searchIndex('articles_words').on(table.title, table.body)],
)
const counted = pgTable('counted', { ...identityKey(), label: varchar('label', { length: 5 }).notNull(), rank: integer('rank') })
const comments = pgTable('comments', { ...uuidKey(), articleId: text('article_id'), text: text('content').notNull() })

const ddl = `
  create table articles (id uuid primary key, title text not null, body text, slug text not null, deleted_at timestamptz(3), deleted_by text);
  create unique index articles_slug on articles (slug) where deleted_at is null;
  create table counted (id bigint generated always as identity primary key, label varchar(5) not null unique, rank integer);
  create table comments (id uuid primary key, article_id text, content text not null);
`

describe('a repository on PostgreSQL', () => {
  const { connect, url } = useDatabase()
  const statements: string[] = []
  const note = (fields: object) => void ('sql' in fields && statements.push(String(fields.sql)))
  const logger: DatabaseLogger = { debug: note, info: note, warn: note, error: note }
  const open = () => connect({ echo: true, logger })

  beforeAll(async () => {
    const { connectPostgres } = await import('../src/sql/index.ts')
    const database = connectPostgres(url())
    await database.execute(sql.raw(ddl))
    const words = getTableConfig(articles).indexes.find(({ config }) => config.name === 'articles_words')
    const expression = sql.join(words?.config.columns.map((column) => sql`${column}`) ?? [], sql`, `)
    await database.execute(sql.raw(`create index articles_words on articles using gin (${postgresDialect.render(expression)})`))
    await database.close()
  })

  const articlesOf = (database: PostgresDatabase) => new SqlRepository(database, articles, { searchFields: ['title', 'body'] })
  const since = (start: number) => statements.slice(start).filter((line) => line !== 'select 1')

  it('searches by the declared index', async () => {
    const database = open()
    await articlesOf(database).createMany(Array.from({ length: 2000 }, (_, place) => ({ title: `Number ${place}`, body: `word${place}` })))
    await database.execute(sql.raw('analyze articles'))
    const start = statements.length
    expect(await articlesOf(database).list({ where: { search: 'WORD77, number' } })).toMatchObject([{ title: 'Number 77' }])
    const [text = ''] = since(start)
    const plan = await database.transaction(async (tx) => {
      await tx.execute(sql.raw('set local enable_seqscan = off'))
      const values = [`'{number}'`, `'{word77}'`, '100']
      return tx.execute(sql.raw(`explain ${text.replaceAll(/\$(\d+)/g, (_mark, place) => values[Number(place) - 1] ?? '')}`))
    })
    expect(JSON.stringify(plan)).toContain('articles_words')
  })

  it('joins reads by key that meet into few prepared statements, and sends a lone one as it is', async () => {
    const repository = articlesOf(open())
    const rows = await repository.createMany(Array.from({ length: 32 }, (_, place) => ({ title: `Joined ${place}` })))
    const start = statements.length
    expect(await Promise.all(rows.map(({ id }) => repository.get(id)))).toEqual(rows)
    expect(await repository.find(rows[0]?.id ?? '')).toEqual(rows[0])
    const sent = since(start)
    expect(sent.at(-1)).toContain('"id" = $1')
    expect(sent.length).toBeLessThanOrEqual(3)
    for (const statement of sent.slice(0, -1)) expect(statement).toContain('= any($1)')
  })

  it('creates rows that meet by one statement when it is told to', async () => {
    const repository = new SqlRepository(open(), counted, { joinWrites: true })
    const start = statements.length
    const labels = Array.from({ length: 40 }, (_, place) => `j${place}`)
    const rows = await Promise.all(labels.map((label, rank) => repository.create({ label, rank })))
    expect(rows.map(({ label, rank }) => [label, rank])).toEqual(labels.map((label, rank) => [label, rank]))
    expect(since(start).length).toBeLessThanOrEqual(2)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(40)
  })

  it('gives each of the rows that met its own error', async () => {
    const repository = new SqlRepository(open(), counted, { joinWrites: true })
    const outcomes = await Promise.allSettled(['k1', 'k2', 'k1', 'k3', 'too long', 'k4'].map((label) => repository.create({ label })))
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.label : outcome.reason.code))).toEqual([
      'k1', 'k2', 'conflict', 'k3', 'invalid-value', 'k4',
    ]) // prettier-ignore
  })

  it('counts the keys of many rows in their order', async () => {
    const repository = new SqlRepository(open(), counted)
    const rows = await repository.createMany(Array.from({ length: 2500 }, (_, rank) => ({ label: `m${rank}`.slice(0, 5), rank })))
    const ids = rows.map(({ id }) => id)
    expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, rank) => rank))
    expect(ids).toEqual(ids.toSorted((left, right) => left - right))
  })

  it('takes more rows than a function takes arguments', async () => {
    const database = open()
    const repository = new SqlRepository(database, counted)
    const before = await repository.count()
    const inputs = Array.from({ length: 150_000 }, (_, place) => ({ label: place.toString(36).padStart(5, '!') }))
    const rows = await database.transaction((tx) => repository.createMany(inputs, { tx }), { timeoutMs: 25_000 })
    expect(rows.at(-1)).toMatchObject(inputs.at(-1) ?? {})
    expect(await repository.count()).toBe(before + inputs.length)
  })

  it('refuses a text that is too long, alone and among others, instead of cutting it', async () => {
    const repository = new SqlRepository(open(), counted)
    expect(await failureOf(repository.create({ label: 'abcdef' }))).toMatchObject({ code: 'invalid-value' })
    expect(await failureOf(repository.createMany([{ label: 'q1' }, { label: 'abcdef' }]))).toMatchObject({ code: 'invalid-value' })
    expect(await repository.exists({ label: { startsWith: 'q' } })).toBe(false)
  })

  it('tries for a slug undo nothing that runs beside them in the transaction', async () => {
    const database = open()
    const repository = articlesOf(database)
    await repository.create({ title: 'Taken' })
    const other = await repository.create({ title: 'Other' })
    const made = await database.transaction(async (tx) => {
      const creating = [1, 2, 3].map(() => repository.create({ title: 'Taken' }, { tx }))
      const [, ...rows] = await Promise.all([repository.update(other.id, { body: 'kept' }, { tx }), ...creating])
      return rows
    })
    expect(made.map((row) => row.slug)).toEqual(['taken-2', 'taken-3', 'taken-4'])
    expect(await repository.get(other.id)).toMatchObject({ body: 'kept' })
  })

  it('a savepoint that failed leaves the transaction usable, a statement that failed does not', async () => {
    const database = open()
    const repository = new SqlRepository(database, counted)
    await database.transaction(async (tx) => {
      await repository.create({ label: 's1' }, { tx })
      expect(await failureOf(tx.transaction((inner) => repository.create({ label: 's1' }, { tx: inner })))).toBeInstanceOf(ConflictError)
      await repository.create({ label: 's2' }, { tx })
    })
    const doomed = database.transaction(async (tx) => {
      expect(await failureOf(repository.create({ label: 's1' }, { tx }))).toBeInstanceOf(ConflictError)
      expect(await failureOf(repository.create({ label: 's3' }, { tx }))).toBeInstanceOf(ConflictError)
    })
    expect(await failureOf(doomed)).toBeInstanceOf(ConflictError)
    expect(await repository.count({ label: { in: ['s1', 's2', 's3'] } })).toBe(2)
  })

  it('refuses every call inside a transaction that is not given it, and lets it out by outsideTransaction', async () => {
    const database = open()
    const repository = articlesOf(database)
    const calls: (() => PromiseLike<unknown>)[] = [
      () => repository.list(),
      () => repository.find('0190a000-0000-7000-8000-000000000000'),
      () => repository.create({ title: 'Forgotten' }),
      () => database.execute(sql`select 1`),
      () => database.drizzle.select().from(articles),
      () => database.ping(),
    ]
    await database
      .transaction(async (tx) => {
        for (const call of calls) expect(await failureOf(Promise.resolve(call()))).toMatchObject({ code: 'unsupported' })
        await outsideTransaction(() => repository.create({ title: 'Let out' }))
        await repository.list({}, { tx })
        throw new Error('undo')
      })
      .catch(() => {})
    expect(await repository.exists({ title: { eq: 'Let out' } })).toBe(true)
    expect(await repository.exists({ title: { eq: 'Forgotten' } })).toBe(false)
  })

  it('refuses a transaction of another database', async () => {
    const database = open()
    const repository = articlesOf(open())
    const failure = await failureOf(database.transaction((tx) => outsideTransaction(() => repository.list({}, { tx }))))
    expect(failure).toBeInstanceOf(UnsupportedError)
  })

  it('follows relations within the database in the same statement, and refuses to compare what cannot be', async () => {
    const database = open()
    const related = articlesOf(database)
    const repository: SqlRepository<typeof articles, { readonly self: ReturnType<typeof selfRelation> }> = new SqlRepository(
      database,
      articles,
      {
        relations: { self: selfRelation() },
      },
    )
    function selfRelation() {
      return belongsTo(() => related, 'id')
    }
    const start = statements.length
    await repository.list({ where: { exists: { self: { title: { eq: 'Taken' } } } } })
    expect(since(start)).toEqual([expect.stringMatching(/exists \(select 1 from "articles" as "r1" where .*"r1"\."deleted_at" is null/)])
    const crooked = new SqlRepository(database, comments, { relations: { article: belongsTo(() => related, 'articleId') } })
    expect(await failureOf(crooked.list({ where: { exists: { article: {} } } }))).toBeInstanceOf(UnsupportedError)
  })

  it('refuses a soft-deleting table whose unique key holds deleted rows, and names the key', () => {
    const database = open()
    const columns = () => ({ ...uuidKey(), code: text('code').notNull(), ...softDelete() })
    const tables = [
      pgTable('a', columns(), (table) => [uniqueIndex('a_code').on(table.code)]),
      pgTable('b', { ...columns(), tag: text('tag').unique('b_tag') }),
      pgTable('c', columns(), (table) => [
        uniqueIndex('c_code')
          .on(table.code)
          .where(sql`${table.code} <> ''`),
      ]),
    ]
    for (const [place, name] of ['a_code', 'b_tag', 'c_code'].entries()) {
      const table = tables[place]
      if (table) expect(() => new SqlRepository(database, table)).toThrow(name)
    }
    const fit = pgTable('d', columns(), (table) => [
      liveUnique('d_code').on(table.code),
      uniqueIndex('d_lower').on(sql`lower(${table.code})`).where(sql`${table.deletedAt} is null`),
      index('d_plain').on(table.code),
    ]) // prettier-ignore
    expect(() => new SqlRepository(database, fit)).not.toThrow()
  })

  it('is as wide as asked: a projection reads no other column', async () => {
    const repository = articlesOf(open())
    const [row] = await repository.list({ limit: 1 })
    const start = statements.length
    const shown: unknown = await repository.selecting(['title']).get(row?.id ?? '')
    expect(shown).toEqual({ id: row?.id, title: row?.title })
    expect(since(start)).toEqual([expect.stringMatching(/^select "id", "title" from/)])
  })
})
