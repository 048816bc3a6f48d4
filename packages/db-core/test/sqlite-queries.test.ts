import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import type { Filter, SortKey } from '../src/filters/filter.ts'
import { SqlRepository, type RowOf } from '../src/sql/sqlite/index.ts'
import { failureOf } from './support/postgres.ts'
import { titles, useThings, type things } from './support/sqlite-things.ts'

describe('reads on SQLite', () => {
  const open = useThings()

  /** How SQLite would run the last statement that was sent. */
  const lastPlan = async (value = '?') => {
    const { database, statements } = open()
    const text = statements.at(-1) ?? ''
    return JSON.stringify(await database.execute(sql.raw(`explain query plan ${text.replaceAll('?', value)}`)))
  }

  it('finds fractions in lists to their last digit', async () => {
    const { repository } = open()
    const ratios = [1 / 3, 76057857765426190, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -123456.789e-10, 535061977177506050]
    await repository.createMany(ratios.map((ratio, index) => ({ label: `r${index}`, ratio })))
    for (const ratio of ratios) expect(await repository.count({ ratio: { in: [ratio, 42] } }), String(ratio)).toBe(1)
  })

  it('tells the case of text apart unless told otherwise, and folds every alphabet', async () => {
    const { repository } = open()
    await repository.createMany([{ label: 'É', code: 'AbC' }, { label: 'é', code: 'abc' }, { label: 'Ж' }, { label: 'straße' }])
    const labels = async (where: Filter<RowOf<typeof things>>) => (await repository.list({ where })).map(({ label }) => label)
    expect(await labels({ label: { eq: 'é', ignoreCase: true } })).toEqual(['É', 'é'])
    expect(await labels({ label: { contains: 'ж', ignoreCase: true } })).toEqual(['Ж'])
    expect(await labels({ code: { eq: 'abc' } })).toEqual(['é'])
    expect(await labels({ code: { in: ['AbC', 'ABC'] } })).toEqual(['É'])
    expect(await labels({ code: { startsWith: 'a' } })).toEqual(['é'])
    expect(await labels({ code: { lt: 'B' } })).toEqual(['É'])
  })

  it('takes every character of a searched text literally', async () => {
    const { repository } = open()
    const texts = ['a*b', 'a?b', 'a[b]', 'a%b', 'a_b', String.raw`a\b`, 'axb', ']', '[', '^a', 'a-b']
    await repository.createMany(texts.map((label) => ({ label })))
    for (const label of texts) {
      for (const operator of ['contains', 'startsWith', 'endsWith'] as const) {
        for (const fold of [{}, { ignoreCase: true } as const]) {
          const found = (await repository.list({ where: { label: { [operator]: label, ...fold } } })).map((row) => row.label)
          expect(found, `${operator} ${label}`).toEqual(texts.filter((other) => matchers[operator](other, label)))
        }
      }
    }
    expect(await failureOf(repository.count({ label: { contains: 'x'.repeat(60_000) } }))).toMatchObject({ code: 'invalid-filter' })
  })

  it('pages by 64 bits and by fractions without losing a row', async () => {
    const { database, repository } = open()
    await database.execute(sql`with recursive counter(n) as (select 1 union all select n + 1 from counter where n < 60)
      insert into things (the_label, big, ratio) select 'r' || n, 9007199254740993 + n / 3, 0.1 + n / 3 * 0.1 from counter`)
    for (const field of ['big', 'ratio', 'at'] as const) {
      for (const direction of ['asc', 'desc'] as const) {
        const orderBy: SortKey<RowOf<typeof things>>[] = [{ field, direction }]
        const ids: number[] = []
        let page = await repository.seek({ orderBy, limit: 7 })
        for (ids.push(...page.items.map(({ id }) => id)); page.next !== undefined; ids.push(...page.items.map(({ id }) => id))) {
          page = await repository.seek({ orderBy, limit: 7, cursor: page.next })
        }
        expect(ids, `${field} ${direction}`).toEqual((await repository.list({ orderBy })).map(({ id }) => id))
      }
    }
  })

  it('uses indexes for pages, prefixes, equality and lists', async () => {
    const { database, repository } = open()
    await repository.createMany([{ label: 'a' }, { label: 'b' }])
    const pages = new SqlRepository(database, titles)
    await pages.createMany([{ title: 'a' }, { title: 'a' }])
    const orderBy: SortKey<RowOf<typeof titles>>[] = [{ field: 'title', direction: 'desc' }]
    const page = await pages.seek({ orderBy, limit: 1 })
    await pages.seek({ orderBy, limit: 1, cursor: page.next ?? '' })
    const plan = await lastPlan()
    expect(plan).toContain('titles_order ((title,id)<(?,?))')
    expect(plan).not.toContain('ORDER BY')
    await repository.count({ label: { startsWith: 'a' } })
    expect(await lastPlan(`'a*'`)).toContain('INDEX things_label (the_label>? AND the_label<?)')
    await repository.count({ label: { eq: 'a' } })
    expect(await lastPlan()).toContain('INDEX things_label (the_label=?)')
    await repository.count({ label: { in: ['a', 'b'] } })
    expect(await lastPlan()).toContain('INDEX things_label (the_label=?)')
    await repository.get(1)
    expect(await lastPlan()).toContain('INTEGER PRIMARY KEY (rowid=?)')
  })
})

const matchers = {
  contains: (text: string, part: string) => text.includes(part),
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
}
