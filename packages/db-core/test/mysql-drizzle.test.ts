import { eq, sql } from 'drizzle-orm'
import { bigint, int, mysqlTable } from 'drizzle-orm/mysql-core'
import { beforeEach, expect, test } from 'vitest'
import type { MysqlDatabase } from '../src/sql/mysql/index.ts'
import { people, peopleDdl, person } from './support/mysql-people.ts'
import { describeMysql, useMysql } from './support/mysql.ts'
import { failureOf } from './support/postgres.ts'

describeMysql('Drizzle on connections to MySQL', () => {
  const { connect } = useMysql()
  let database: MysqlDatabase

  beforeEach(async () => {
    database = connect({ poolSize: 1, maxOverflow: 0 })
    await database.execute(sql.raw(peopleDdl))
  })

  test('columns come back through Drizzle as they were written', async () => {
    await database.drizzle.insert(people).values(person)
    expect(await database.drizzle.select().from(people).where(eq(people.id, person.id))).toEqual([person])
  })

  test('an insert by Drizzle gives the keys that were made or counted', async () => {
    const counted = mysqlTable('counted', { id: bigint('id', { mode: 'number' }).primaryKey().autoincrement(), n: int('n') })
    await database.execute(sql.raw('drop table if exists counted; create table counted (id bigint primary key auto_increment, n int)'))
    expect(
      await database.drizzle
        .insert(counted)
        .values([{ n: 1 }, { n: 2 }])
        .$returningId(),
    ).toEqual([{ id: 1 }, { id: 2 }])
    expect(await database.drizzle.select().from(counted)).toEqual([
      { id: 1, n: 1 },
      { id: 2, n: 2 },
    ])
  })

  test('a join that finds nothing gives null for its table', async () => {
    await database.drizzle.insert(people).values(person)
    const bosses = sql`${people.bossId} = ${people.id}`
    const rows = await database.drizzle
      .select({ id: people.id, none: sql`null` })
      .from(people)
      .where(sql`not coalesce(${bosses}, false)`)
    expect(rows).toEqual([{ id: person.id, none: null }])
  })

  test("counts, streams of rows and queries that are kept work, and a transaction of Drizzle's own is refused", async () => {
    await database.drizzle.insert(people).values([person, { ...person, id: crypto.randomUUID(), emailAddress: 'b' }])
    expect(await database.drizzle.$count(people)).toBe(2)
    const kept = database.drizzle
      .select({ age: people.age })
      .from(people)
      .where(eq(people.id, sql.placeholder('id')))
      .prepare()
    expect(await kept.execute({ id: person.id })).toEqual([{ age: 36 }])
    const rows: unknown[] = []
    for await (const row of kept.iterator({ id: person.id })) rows.push(row)
    expect(rows).toEqual([{ age: 36 }])
    expect(await failureOf(database.drizzle.transaction(() => Promise.resolve()))).toMatchObject({ code: 'unsupported' })
  })
})
