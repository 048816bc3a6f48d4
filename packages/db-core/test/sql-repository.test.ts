import { createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectPostgres, softDelete, SqlRepository, timestamps, uuidKey, versioned, type PostgresDatabase } from '../src/sql/index.ts'

const events = pgTable('events', {
  ...uuidKey(),
  name: text('name').notNull(),
  rank: integer('rank'),
  tags: text('tags').array(),
  at: timestamp('at', { withTimezone: true }),
  ...timestamps(),
  ...softDelete(),
  ...versioned(),
})

class EventRepository extends SqlRepository<typeof events> {
  constructor(database: PostgresDatabase) {
    super(database, events)
  }
}

describe('smoke', () => {
  let test: TestDatabase
  let database: PostgresDatabase
  let repository: EventRepository

  beforeAll(async () => {
    test = await createPostgresDatabase()
    database = connectPostgres(test.url, { cursorSecret: 'x'.repeat(32) })
    await database.execute(sql`create table events (id uuid primary key, name text not null, rank int, tags text[], at timestamptz, created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text, version int not null default 1)`)
    await database.execute(sql`create unique index events_name on events (name) where deleted_at is null`)
    repository = new EventRepository(database)
  })
  afterAll(async () => {
    await database?.close()
    await test?.drop()
  })

  it('runs', async () => {
    const row = await repository.create({ name: 'a', tags: ['x', 'y"\\'] })
    expect(row).toMatchObject({ name: 'a', version: 1, tags: ['x', 'y"\\'], rank: null })
    expect(await repository.get(row.id)).toEqual(row)
    const changed = await repository.update(row.id, { rank: 3 }, { version: 1 })
    expect(changed).toMatchObject({ version: 2, rank: 3 })
    await expect(repository.update(row.id, { rank: 3 }, { version: 1 })).rejects.toMatchObject({ code: 'stale-version' })
    const up = await repository.upsert({ name: 'a', rank: 9 }, ['name'])
    expect(up).toMatchObject({ created: false, row: { id: row.id, rank: 9, version: 3 } })
    expect(await repository.upsert({ name: 'b', rank: 9 }, ['name'])).toMatchObject({ created: true })
    await expect(repository.create({ name: 'a' })).rejects.toMatchObject({ code: 'conflict', fields: ['name'] })
    expect(await repository.increment(row.id, { rank: 2 })).toMatchObject({ rank: 11 })
    await repository.delete(row.id)
    expect(await repository.find(row.id)).toBeUndefined()
    expect(await repository.restore(row.id)).toMatchObject({ deletedAt: null })
    expect(await repository.list({ where: { name: { startsWith: 'A', ignoreCase: true }, rank: { in: [11, 12] } } })).toHaveLength(1)
    expect(await repository.count({ not: { name: { notIn: ['a'] } } })).toBe(1)
  })
})
