import { eq, sql } from 'drizzle-orm'
import { blob, sqliteTable } from 'drizzle-orm/sqlite-core'
import { describe, expect, it } from 'vitest'
import { SqlRepository } from '../src/sql/sqlite/index.ts'
import { failureOf } from './support/postgres.ts'
import { notes, things, useThings } from './support/sqlite-things.ts'

describe('own statements on SQLite', () => {
  const open = useThings()

  it('runs custom queries of Drizzle, alone and in a transaction', async () => {
    const { database, repository } = open()
    await database.transaction(async (tx) => {
      await repository.create({ label: 'inside' }, { tx })
      expect(await repository.labels({ tx })).toEqual([{ label: 'inside' }])
      expect(await tx.drizzle.insert(things).values({ label: 'second', flag: false })).toEqual({ changes: 1 })
    })
    const { drizzle } = database
    expect(await repository.labels()).toEqual([{ label: 'inside' }, { label: 'second' }])
    expect(await drizzle.select().from(things).where(eq(things.flag, false)).get()).toMatchObject({ label: 'second', flag: false })
    expect(
      await drizzle.select({ thing: things, note: notes }).from(things).leftJoin(notes, eq(notes.slug, things.label)).limit(1),
    ).toMatchObject([{ thing: { label: 'inside', flag: true }, note: null }])
    expect(await drizzle.$count(things)).toBe(2)
    expect(
      await drizzle
        .select({ n: sql<number>`count(*)` })
        .from(things)
        .values(),
    ).toEqual([[2]])
    const byFlag = drizzle
      .select()
      .from(things)
      .where(eq(things.flag, sql.placeholder('flag')))
      .prepare()
    expect(await byFlag.execute({ flag: true })).toMatchObject([{ label: 'inside' }])
    expect(await byFlag.get({ flag: false })).toMatchObject({ label: 'second' })
    expect(await drizzle.all(sql`select count(*) as n from things`)).toEqual([{ n: 2 }])
    expect(await drizzle.update(things).set({ label: 'x' }).where(eq(things.id, 1)).returning({ id: things.id })).toEqual([{ id: 1 }])
    expect(await database.affected(sql`delete from things`)).toBe(2)
    await expect(drizzle.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'unsupported' })
    const failure = await failureOf(
      drizzle
        .insert(notes)
        .values([{ slug: 'canary' }, { slug: 'canary' }])
        .execute(),
    )
    expect(failure).toMatchObject({ code: 'conflict', fields: ['slug'] })
    expect(failure.message).not.toContain('canary')
  })

  it('refuses what a driver would do by halves: several statements with parameters, too many parameters, an own COMMIT', async () => {
    const { database, repository } = open()
    await expect(database.execute(sql`select ${1}; select 2`)).rejects.toMatchObject({ code: 'unsupported' })
    const many = sql.join(
      Array.from({ length: 32_767 }, (_, index) => sql`${index}`),
      sql`, `,
    )
    await expect(database.execute(sql`select 1 where 1 in (${many})`)).rejects.toMatchObject({ code: 'unsupported' })
    const ended = database.transaction(async (tx) => {
      await repository.create({ label: 'a' }, { tx })
      await tx.execute(sql`commit`)
    })
    await expect(ended).rejects.toMatchObject({ code: 'unsupported' })
    await repository.create({ label: 'after' })
  })

  it('reads numbers of more digits than a number has as bigint, and runs scripts with comments to their end', async () => {
    const { database } = open()
    const rows = await database.execute(sql`
      -- two statements; the last one answers
      select 1;
      select 9007199254740993 as large, 7 as small /* no more */;
    `)
    expect(rows).toEqual([{ large: 9007199254740993n, small: 7 }])
    expect(await database.execute(sql`select ${2n ** 63n - 1n} as largest`)).toEqual([{ largest: 2n ** 63n - 1n }])
    const largest = await database.execute(sql`insert into things (the_label, big) values ('a', ${2n ** 62n}) returning big`)
    expect(largest).toEqual([{ big: 2n ** 62n }])
  })

  it('takes every kind of parameter that SQLite can hold, and refuses the others before they are sent', async () => {
    const { database } = open()
    const at = new Date(1_700_000_000_123)
    const held = await database.execute(
      sql`select ${true} as yes, ${false} as no, ${at} as at, ${null} as none, ${1.5} as fraction, ${'x'} as text, ${new Uint8Array([1])} as bytes, ${-5n} as big`,
    )
    expect(held).toEqual([
      { yes: 1, no: 0, at: 1_700_000_000_123, none: null, fraction: 1.5, text: 'x', bytes: new Uint8Array([1]), big: -5 },
    ])
    for (const value of [Number.NaN, new Date(Number.NaN), 2n ** 63n, -(2n ** 63n) - 1n, Symbol('x'), new Map()]) {
      await expect(database.execute(sql`select ${sql.param(value)}`)).rejects.toMatchObject({ code: 'invalid-value' })
    }
  })

  it('refuses bytes in lists, which travel as JSON', async () => {
    const { database } = open()
    const keyed = sqliteTable('keyed', { id: blob('id', { mode: 'buffer' }).primaryKey() })
    await database.execute(sql`create table if not exists keyed (id blob primary key)`)
    const repository = new SqlRepository(database, keyed)
    await repository.create({ id: Buffer.from([7]) })
    expect(await repository.get(Buffer.from([7]))).toEqual({ id: Buffer.from([7]) })
    await expect(repository.getMany([Buffer.from([7])])).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('gives up what it prepared long ago, and prepares it again', async () => {
    const { database } = open()
    for (let round = 0; round < 3; round++) {
      for (let shape = 0; shape < 600; shape++) {
        expect(await database.execute(sql`select ${shape} as ${sql.identifier(`column${shape}`)}`)).toEqual([{ [`column${shape}`]: shape }])
      }
    }
  })
})
