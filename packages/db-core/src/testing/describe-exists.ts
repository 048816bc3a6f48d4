import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Filter } from '../filters/filter.ts'
import type { Article, ArticleRelations, Remark, RemarkRelations } from './entities.ts'
import { collect, inTenant, type Suite } from './harness.ts'
import { fillLibrary } from './library.ts'
import { matches, type World } from './oracle.ts'

type ArticleFilter = Filter<Article, ArticleRelations>
type RemarkFilter = Filter<Remark, RemarkRelations>

const remarkLeaf: fc.Arbitrary<RemarkFilter> = fc.oneof(
  fc.record({ rank: fc.record({ gte: fc.nat(4) }) }),
  fc.record({ text: fc.record({ eq: fc.constantFrom('x', 'y') }) }),
  fc.constant({ articleId: { isNull: true as const } }),
  fc.constant({}),
)
const articleLeaf: fc.Arbitrary<ArticleFilter> = fc.oneof(
  fc.record({ title: fc.record({ eq: fc.constantFrom('t0', 't1', 't2') }) }),
  fc.constant({ body: { isNull: true as const } }),
)

/** Filters of both entities that lead to each other, a few levels deep. */
const filters = fc.letrec<{ article: ArticleFilter; remark: RemarkFilter }>((tie) => ({
  article: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    articleLeaf,
    tie('remark').map((remarks) => ({ exists: { remarks } })),
    fc.record({ not: tie('article') }),
    fc.record({ or: fc.array(tie('article'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ and: fc.array(tie('article'), { minLength: 1, maxLength: 2 }) }),
  ),
  remark: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    remarkLeaf,
    tie('article').map((article) => ({ exists: { article } })),
    fc.record({ not: tie('remark') }),
  ),
}))

const refused: readonly unknown[] = [
  {},
  { colours: {} },
  { constructor: {} },
  { remarks: { colour: { eq: 1 } } },
  { remarks: undefined },
  { remarks: true },
  [],
  true,
]

/** D5, `exists`: a row matches by rows that its reader may see. */
export function describeExists({ open }: Suite): void {
  describe('filters by related rows', () => {
    const titles = async (where: ArticleFilter) => (await open().articles.list({ where })).map(({ title }) => title).toSorted()

    it('select what the truth table selects, for any rows and any filter', async () => {
      const world = await randomWorld(open())
      await fc.assert(
        fc.asyncProperty(filters.article, filters.remark, async (articleFilter, remarkFilter) => {
          const { articles, remarks } = open()
          const expectedArticles = world.articles.filter((row) => matches({ ...row }, articleFilter, world.ofArticles))
          expect(idsOf(await articles.list({ where: articleFilter, limit: 1000 }))).toEqual(idsOf(expectedArticles))
          const expectedRemarks = world.remarks.filter((row) => matches({ ...row }, remarkFilter, world.ofRemarks))
          expect(idsOf(await remarks.list({ where: remarkFilter, limit: 1000 }))).toEqual(idsOf(expectedRemarks))
          expect(await remarks.count(remarkFilter)).toBe(expectedRemarks.length)
        }),
        { numRuns: 60 },
      )
    })

    it('ask live rows only, and `not` is the exact complement', async () => {
      await fillLibrary(open())
      expect(await titles({ exists: { remarks: {} } })).toEqual(['Full'])
      expect(await titles({ not: { exists: { remarks: {} } } })).toEqual(['Empty'])
      expect(await titles({ exists: { remarks: { rank: { eq: 3 } } } })).toEqual([])
      expect(await titles({ exists: { remarks: { rank: { in: [] } } } })).toEqual([])
      const texts = async (where: RemarkFilter) => (await open().remarks.list({ where })).map(({ text }) => text).toSorted()
      expect(await texts({ exists: { article: {} } })).toEqual(['first', 'second'])
      expect(await texts({ not: { exists: { article: {} } } })).toEqual(['loose', 'orphan'])
    })

    it("ask the tenant's rows only, through rows between, and refuse without a tenant", async () => {
      await fillLibrary(open())
      const tagged: ArticleFilter = { exists: { entries: {} } }
      expect(await inTenant('a', () => titles(tagged))).toEqual(['Full'])
      expect(await inTenant('b', () => titles(tagged))).toEqual(['Empty', 'Full'])
      expect(await inTenant('c', () => titles(tagged))).toEqual([])
      expect(await inTenant('a', () => titles({ not: tagged }))).toEqual(['Empty'])
      expect(await inTenant('a', () => titles({ exists: { entries: { text: { eq: 'y' } } } }))).toEqual([])
      await expect(titles(tagged)).rejects.toMatchObject({ code: 'invalid-value', entity: 'entries' })
    })

    it('hold in every read', async () => {
      const { full, empty } = await fillLibrary(open())
      const { articles } = open()
      const where: ArticleFilter = { exists: { remarks: { rank: { gte: 1 } } } }
      expect(await articles.findOne(where)).toEqual(full)
      expect(await articles.getOne(where)).toEqual(full)
      expect(await articles.page({ where })).toMatchObject({ items: [full], total: 1 })
      expect(await articles.seek({ where })).toEqual({ items: [full] })
      expect(await collect(articles.stream({ where }))).toEqual([full])
      expect(await articles.count(where)).toBe(1)
      expect(await articles.exists(where)).toBe(true)
      expect(await articles.selecting(['title']).list({ where })).toEqual([{ id: full.id, title: 'Full' }])
      expect(await articles.including({ remarks: true }).count({ not: where })).toBe(1)
      expect(await articles.getOne({ and: [{ not: where }, { title: { eq: 'Empty' } }] })).toEqual(empty)
    })

    it('bound a cursor', async () => {
      await fillLibrary(open())
      await open().articles.createMany([{ title: 'More' }, { title: 'Still more' }])
      const where: ArticleFilter = { not: { exists: { remarks: {} } } }
      const { next = '' } = await open().articles.seek({ where, limit: 1 })
      expect((await open().articles.seek({ where, limit: 5, cursor: next })).items).toHaveLength(2)
      for (const other of [
        { exists: { remarks: {} } },
        { not: { exists: { remarks: { rank: { eq: 1 } } } } },
        { not: { exists: { remark: {} } } },
      ]) {
        await expect(open().articles.seek({ where: other, cursor: next })).rejects.toMatchObject({ code: 'invalid-cursor' })
      }
    })

    it('hold in bulk writes', async () => {
      const { full } = await fillLibrary(open())
      const { articles, remarks } = open()
      expect(await articles.updateMany({ exists: { remarks: {} } }, { body: 'changed' })).toBe(1)
      expect(await articles.get(full.id)).toMatchObject({ body: 'changed' })
      expect(await remarks.deleteMany({ not: { exists: { article: {} } } })).toBe(2)
      expect((await remarks.list()).map(({ text }) => text).toSorted()).toEqual(['first', 'second'])
      expect(await articles.deleteMany({ not: { exists: { remarks: { text: { eq: 'first' } } } } })).toBe(1)
      expect(await titles({})).toEqual(['Full'])
    })

    it('see the writes of their transaction', async () => {
      const { empty } = await fillLibrary(open())
      const where: ArticleFilter = { exists: { remarks: { text: { eq: 'new' } } } }
      await open().transaction(async (tx) => {
        await open().remarks.create({ articleId: empty.id, text: 'new', rank: 0 }, { tx })
        expect(await open().articles.list({ where }, { tx })).toEqual([empty])
        expect(await open().articles.updateMany(where, { body: 'changed' }, { tx })).toBe(1)
      })
      expect(await open().articles.list({ where })).toMatchObject([{ body: 'changed' }])
    })

    for (const exists of refused) {
      it(`refuse ${inspect(exists)} under exists`, async () => {
        const unchecked: { list(query: unknown): Promise<unknown>; deleteMany(where: unknown): Promise<unknown> } = open().articles
        await expect(unchecked.list({ where: { exists } })).rejects.toMatchObject({ code: 'invalid-filter' })
        await expect(unchecked.deleteMany({ exists })).rejects.toMatchObject({ code: 'invalid-filter' })
      })
    }
  })
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id).toSorted()
}

/** Live rows, and what the oracle must know of those that their filters lead to. */
async function randomWorld({ articles, remarks }: ReturnType<Suite['open']>) {
  const written = await articles.createMany(
    Array.from({ length: 12 }, (_, index) => ({ title: `t${index % 3}`, slug: `s-${index}`, body: index % 4 === 0 ? null : 'b' })),
  )
  const targets = [...written, ...written, undefined]
  const told = await remarks.createMany(
    targets.map((article, index) => ({ articleId: article?.id ?? null, text: index % 2 === 0 ? 'x' : 'y', rank: (index * 7) % 5 })),
  )
  await articles.deleteMany({ id: { in: written.slice(0, 3).map(({ id }) => id) } })
  await remarks.deleteMany({ id: { in: told.slice(5, 9).map(({ id }) => id) } })
  const live = { articles: await articles.list({ limit: 1000 }), remarks: await remarks.list({ limit: 1000 }) }
  const ofArticles: World = {
    related: (row) => ({
      rows: live.remarks.filter(({ articleId }) => articleId === row['id']).map((remark) => ({ ...remark })),
      world: ofRemarks,
    }),
  }
  const ofRemarks: World = {
    related: (row) => ({
      rows: live.articles.filter(({ id }) => id === row['articleId']).map((article) => ({ ...article })),
      world: ofArticles,
    }),
  }
  return { ...live, ofArticles, ofRemarks }
}
