import { sql } from 'drizzle-orm'
import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { describe, expect, it } from 'vitest'
import type { Filter } from '../src/filters/filter.ts'
import { SqlRepository, type RowOf } from '../src/sql/sqlite/index.ts'
import { failureOf } from './support/postgres.ts'
import { links, notes, tokens, useThings, wide, type things } from './support/sqlite-things.ts'

describe('SqlRepository on SQLite', () => {
  const open = useThings()

  it('stores and finds every type of column as its table declares it', async () => {
    const { database, repository } = open()
    const values = {
      label: 'a',
      at: new Date(1_700_000_000_123),
      big: 2n ** 62n + 1n,
      ratio: 0.1 + 0.2,
      bytes: Buffer.from([0, 255, 1]),
      facts: { a: [1, 'x', null], b: { c: true } },
      secret: 'abc',
      code: 'Code',
      flag: false,
    }
    const row = await repository.create(values)
    expect(row).toEqual({ id: 1, ...values })
    expect(await repository.get(row.id)).toEqual(row)
    expect(await database.execute(sql`select secret, typeof(big) as big, typeof(flag) as flag from things`)).toEqual([
      { secret: 'cba', big: 'integer', flag: 'integer' },
    ])
    const where: Filter<RowOf<typeof things>> = {
      secret: { eq: 'abc' },
      big: { in: [values.big, 7n] },
      ratio: { in: [values.ratio, 0.5] },
      at: { between: [values.at, values.at] },
      flag: { ne: true },
    }
    expect(await repository.findOne(where)).toEqual(row)
    expect(await repository.count({ big: { lt: values.big } })).toBe(0)
    expect(await repository.update(row.id, { facts: 'text', big: -(2n ** 63n) })).toMatchObject({ facts: 'text', big: -(2n ** 63n) })
    await expect(repository.update(row.id, { big: 2n ** 63n })).resolves.toMatchObject({})
  })

  it('has the defaults of the table where nothing is given, in rows of several shapes', async () => {
    const { repository } = open()
    expect(await repository.create({ label: 'a' })).toMatchObject({ flag: true, facts: null })
    const rows = await repository.createMany([{ label: 'b' }, { label: 'c', flag: false }, { label: 'd' }, { label: 'e', ratio: 1 }])
    expect(rows.map(({ label, flag }) => [label, flag])).toEqual([
      ['b', true],
      ['c', false],
      ['d', true],
      ['e', true],
    ])
  })

  it('writes more rows than one statement has parameters for, in order, all or none', async () => {
    const { database } = open()
    const broad = new SqlRepository(database, wide)
    const inputs = Array.from({ length: 400 }, (_, row) =>
      Object.fromEntries(Array.from({ length: 200 }, (_value, column) => [`c${column}`, `${row}/${column}`])),
    )
    const rows = await broad.createMany(inputs)
    expect(rows.map((row) => Reflect.get(row, 'c199'))).toEqual(inputs.map((_, row) => `${row}/199`))
    const ids = rows.map(({ id }) => id)
    await expect(broad.createMany([...inputs, { id: ids[0] }])).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
    expect(await broad.count()).toBe(400)
  })

  it('tells created rows from updated ones, also after an upsert that failed halfway', async () => {
    const { database } = open()
    const repo = new SqlRepository(database, notes)
    expect(await repo.upsert({ slug: 'a', body: 'x' }, ['slug'])).toMatchObject({ created: true })
    expect(await repo.upsert({ slug: 'a', body: 'y' }, ['slug'])).toEqual({ row: { slug: 'a', body: 'y' }, created: false })
    const refused = database.execute(
      sql`insert into notes values ('a', 'z') on conflict (slug) do update set body = x'00' where polystore_overwrite() returning polystore_was_inserted()`,
    )
    await expect(refused).rejects.toMatchObject({ code: 'invalid-value', fields: ['body'] })
    expect(await repo.upsert({ slug: 'b', body: 'x' }, ['slug'])).toMatchObject({ created: true })
  })

  it('names the fields of a violation as the table declares them, and never a value', async () => {
    const { database, repository } = open()
    const unchecked: { create(input: unknown): Promise<unknown> } = repository
    const ends = new SqlRepository(database, links)
    const repo = new SqlRepository(database, notes)
    await repo.createMany([{ slug: 'one' }, { slug: 'two' }])
    await ends.create({ fromNote: 'one', toNote: 'two', rank: 1 })
    const refusals: [() => Promise<unknown>, object][] = [
      [() => unchecked.create({}), { code: 'not-null', entity: 'things', fields: ['label'] }],
      [() => repository.create({ label: 'canary'.repeat(9) }), { code: 'check', entity: 'things', fields: [] }],
      [() => repo.create({ slug: 'one', body: 'canary' }), { code: 'conflict', entity: 'notes', fields: ['slug'] }],
      [() => ends.create({ fromNote: 'one', toNote: 'two' }), { code: 'conflict', entity: 'links', fields: ['fromNote', 'toNote'] }],
      [() => ends.create({ rank: -1 }), { code: 'conflict', constraint: 'links_rank', fields: ['rank'] }],
      [() => ends.create({ fromNote: 'canary' }), { code: 'foreign-key', entity: 'links' }],
      [() => repo.purge('one'), { code: 'foreign-key', entity: 'notes' }],
      [() => unchecked.create({ label: 'a', at: 'yesterday' }), { code: 'invalid-value', fields: ['at'] }],
      [() => database.execute(sql`insert into notes values ('c', ${Buffer.from('canary')})`), { code: 'invalid-value', fields: ['body'] }],
      [() => database.execute(sql`insert into notes values ('c', ${{ canary: 1 }})`), { code: 'invalid-value' }],
      [() => database.execute(sql`select * from nowhere where a = ${'canary'}`), { code: 'unknown' }],
    ]
    for (const [attempt, expected] of refusals) {
      const failure = await failureOf(attempt())
      expect(failure).toMatchObject(expected)
      expect(failure.message).not.toContain('canary')
    }
  })

  it('works with a key that is not called id, and refuses tables of other databases', async () => {
    const { database } = open()
    const repo = new SqlRepository(database, notes)
    await repo.create({ slug: 'b', body: 'x' })
    await repo.create({ slug: 'a' })
    expect(await repo.get('b')).toEqual({ slug: 'b', body: 'x' })
    expect((await repo.list()).map(({ slug }) => slug)).toEqual(['a', 'b'])
    expect(() => new SqlRepository(database, sqliteTable('keyless', { a: text('a') }))).toThrow('needs a field id')
  })

  it('refuses malformed UUIDs, and takes them in either case', async () => {
    const { database } = open()
    const repo = new SqlRepository(database, tokens)
    const { id } = await repo.create({})
    expect(id[14]).toBe('4')
    expect(await repo.find(id.toUpperCase())).toEqual({ id, owner: null })
    await expect(repo.list({ where: { owner: { eq: 'nobody' } } })).rejects.toMatchObject({ code: 'invalid-value', fields: ['owner'] })
  })
})
