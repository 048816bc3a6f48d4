import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidCursorError, NotFoundError, UnsupportedError } from '../src/errors/repository-error.ts'
import type { SortKey } from '../src/filters/filter.ts'
import { connectMongo, defineCollection, MongoRepository, objectIdKey, timestamps, type RowOf } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const items = defineCollection({
  name: 'items',
  schema: z.object({
    ...objectIdKey(),
    slug: z.string(),
    amount: z.int().default(0),
    code: z.string().nullable(),
    rank: z.int().nullable(),
    weight: z.number().optional(),
    ...timestamps(),
  }),
  indexes: [{ key: { amount: 1, id: 1 } }],
})

type Item = RowOf<typeof items>

describe('pages of a MongoRepository', () => {
  const fixture = useMongo([items])
  const repository = () => new MongoRepository(fixture.database, items)
  beforeEach(async () => {
    await fixture.database.driver.collection('items').deleteMany({})
  })

  it('finds exactly one, or says what is wrong', async () => {
    await repository().createMany([
      { slug: 'a', rank: 1 },
      { slug: 'b', rank: 1 },
    ])
    expect(await repository().getOne({ slug: { eq: 'a' } })).toMatchObject({ slug: 'a' })
    expect(await repository().findOne({ slug: { eq: 'z' } })).toBeUndefined()
    expect(await failureOf(repository().getOne({ slug: { eq: 'z' } }))).toBeInstanceOf(NotFoundError)
    expect(await failureOf(repository().findOne({ rank: { eq: 1 } }))).toMatchObject({ code: 'multiple-results' })
  })

  it('counts all rows of a page, also past the last', async () => {
    await repository().createMany(['a', 'b', 'c', 'd', 'e'].map((slug) => ({ slug })))
    const orderBy: SortKey<Item>[] = [{ field: 'slug', direction: 'desc' }]
    expect(await repository().page({ orderBy, limit: 2, page: 2 })).toMatchObject({
      items: [{ slug: 'c' }, { slug: 'b' }],
      total: 5,
      totalPages: 3,
    })
    expect(await repository().page({ orderBy, limit: 2, page: 9 })).toMatchObject({ items: [], total: 5, totalPages: 3 })
    expect(await repository().list({ orderBy, limit: 1000 })).toHaveLength(5)
  })

  it.each([
    ['each differs', (index: number) => index],
    ['a few are alike', (index: number) => Math.floor(index / 7)],
    ['hundreds are alike', (index: number) => Math.floor(index / 300)],
  ])('reads little more than a page at any depth, in both directions, when of the values %s', async (_case, amountOf) => {
    await repository().createMany(Array.from({ length: 700 }, (_, index) => ({ slug: `s${index}`, amount: amountOf(index) })))
    const all = await repository().list({ orderBy: [{ field: 'amount', direction: 'asc' }], limit: 1000 })
    const { driver, name } = fixture.database
    await driver.collection('system.profile').drop()
    await driver.command({ profile: 2 })
    const walk = async (way: 'next' | 'previous', direction: 'asc' | 'desc', from?: string) => {
      const seen: Item[] = []
      for (let cursor = from; ;) {
        const page = await repository().seek({ orderBy: [{ field: 'amount', direction }], limit: 20, ...(cursor && { cursor }) })
        seen.push(...(way === 'next' ? page.items : page.items.toReversed()))
        cursor = page[way]
        if (!cursor) return { seen, page }
      }
    }
    const forward = await walk('next', 'asc')
    expect(forward.seen).toEqual(all)
    expect((await walk('previous', 'asc', forward.page.previous)).seen).toEqual(all.slice(0, -20).toReversed())
    expect((await walk('next', 'desc')).seen.map(({ amount }) => amount)).toEqual(all.map(({ amount }) => amount).toReversed())
    await driver.command({ profile: 0 })
    const reads = await driver
      .collection('system.profile')
      .find({ ns: `${name}.items`, 'command.limit': 21 })
      .toArray()
    expect(reads.length).toBeGreaterThan(100)
    for (const { keysExamined, docsExamined } of reads)
      expect(Math.max(Number(keysExamined), Number(docsExamined))).toBeLessThan(21 + 20 + 5)
  })

  it('refuses a cursor of another query, and any cursor without a secret', async () => {
    await repository().createMany(['a', 'b', 'c'].map((slug) => ({ slug })))
    const { next } = await repository().seek({ limit: 1 })
    expect(await failureOf(repository().seek({ limit: 1, cursor: next ?? '', where: { slug: { ne: 'x' } } }))).toBeInstanceOf(
      InvalidCursorError,
    )
    expect(await failureOf(repository().seek({ limit: 1, cursor: `${next}x` }))).toBeInstanceOf(InvalidCursorError)
    const bare = connectMongo(fixture.url)
    expect(await failureOf(new MongoRepository(bare, items).seek({ limit: 1 }))).toBeInstanceOf(UnsupportedError)
    await bare.close()
  })

  const orders: SortKey<Item>[][] = [
    [{ field: 'rank', direction: 'asc' }],
    [{ field: 'rank', direction: 'desc' }],
    [{ field: 'rank', direction: 'asc', nulls: 'first' }],
    [{ field: 'rank', direction: 'desc', nulls: 'last' }],
    [
      { field: 'weight', direction: 'asc' },
      { field: 'rank', direction: 'desc' },
    ],
    [
      { field: 'code', direction: 'desc', nulls: 'last' },
      { field: 'weight', direction: 'asc', nulls: 'first' },
    ],
    [
      { field: 'createdAt', direction: 'desc' },
      { field: 'rank', direction: 'asc' },
    ],
  ]
  it.each(orders.map((order) => [order]))('pages through %j as a sort in memory would, forwards and backwards', async (orderBy) => {
    const rows = await repository().createMany(
      Array.from({ length: 41 }, (_, index) => ({
        slug: `s${index}`,
        rank: index % 4 === 0 ? null : index % 5,
        ...(index % 3 === 0 ? {} : { weight: (index % 7) / 2 }),
        code: index % 6 === 0 ? `é${index}` : null,
      })),
    )
    const expected = sorted(rows, orderBy).map((row) => row.slug)
    expect((await repository().list({ orderBy })).map((row) => row.slug)).toEqual(expected)
    const forward: string[] = []
    const backward: string[] = []
    let page = await repository().seek({ orderBy, limit: 6 })
    for (;;) {
      forward.push(...page.items.map((row) => row.slug))
      if (page.next === undefined) break
      page = await repository().seek({ orderBy, limit: 6, cursor: page.next })
    }
    for (;;) {
      backward.unshift(...page.items.map((row) => row.slug))
      if (page.previous === undefined) break
      page = await repository().seek({ orderBy, limit: 6, cursor: page.previous })
    }
    expect(forward).toEqual(expected)
    expect(backward).toEqual(expected)
  })
})

function sorted(rows: readonly Item[], orderBy: readonly SortKey<Item>[]): Item[] {
  const keys: SortKey<Item>[] = [...orderBy, { field: 'id', direction: orderBy.at(-1)?.direction ?? 'asc' }]
  return rows.toSorted((one, other) => keys.map((key) => compare(one, other, key)).find((sign) => sign !== 0) ?? 0)
}

function compare(one: Item, other: Item, { field, direction, nulls = direction === 'asc' ? 'last' : 'first' }: SortKey<Item>): number {
  const [a, b] = [one[field] ?? null, other[field] ?? null]
  if (a === null || b === null) return a === b ? 0 : (a === null) === (nulls === 'first') ? -1 : 1
  const [x, y] = [a.valueOf(), b.valueOf()]
  return x === y ? 0 : x < y === (direction === 'asc') ? -1 : 1
}
