import { describe, expect, it } from 'vitest'
import { collect, inTenant, type Suite } from './harness.ts'
import { fillLibrary } from './library.ts'

/** D8: related rows come in one query per relation and level, by the rules of the entity they belong to. */
export function describeIncluding({ open, logged, capabilities }: Suite): void {
  describe('including', () => {
    it('adds related rows to the answer of every read', async () => {
      const { full, empty, remarks } = await fillLibrary(open())
      const articles = open().articles.including({ remarks: true })
      const shown = { ...full, remarks: [remarks.first, remarks.second] }
      const where = { title: { eq: 'Full' } } as const
      expect(await articles.find(full.id)).toEqual(shown)
      expect(await articles.get(full.id)).toEqual(shown)
      expect(await articles.findOne(where)).toEqual(shown)
      expect(await articles.getOne(where)).toEqual(shown)
      expect(await articles.getMany([empty.id, full.id])).toEqual([{ ...empty, remarks: [] }, shown])
      expect(await articles.list({ where })).toEqual([shown])
      expect(await articles.page({ where })).toMatchObject({ items: [shown], total: 1 })
      expect(await articles.seek({ where })).toEqual({ items: [shown] })
      expect(await collect(articles.stream({ where }))).toEqual([shown])
      expect(await articles.count(where)).toBe(1)
      expect(await articles.exists(where)).toBe(true)
      expect(await articles.find(remarks.loose.id)).toBeUndefined()
      expect(articles.entity).toBe(open().articles.entity)
    })

    it('gives one row or null for a relation to one', async () => {
      const { full, remarks } = await fillLibrary(open())
      const withArticle = open().remarks.including({ article: true })
      expect(await withArticle.get(remarks.first.id)).toEqual({ ...remarks.first, article: full })
      expect(await withArticle.get(remarks.loose.id)).toEqual({ ...remarks.loose, article: null })
      const single = await open().articles.create({ title: 'Single' })
      const remark = await open().remarks.create({ articleId: single.id, text: 'only', rank: 1 })
      expect(await open().articles.including({ remark: true }).get(single.id)).toEqual({ ...single, remark })
      const bare = await inTenant('a', () => open().articles.including({ entries: true, remark: true }).get(single.id))
      expect(bare).toEqual({ ...single, entries: [], remark })
      expect(
        await open()
          .articles.including({ remarks: true })
          .list({ where: { title: { eq: 'None' } } }),
      ).toEqual([])
    })

    it('hides deleted targets at every level, also from those who see deleted rows themselves', async () => {
      const { gone, empty, remarks } = await fillLibrary(open())
      const { articles, remarks: repository } = open()
      expect(await repository.including({ article: true }).get(remarks.orphan.id)).toEqual({ ...remarks.orphan, article: null })
      expect(await articles.including({ remarks: true, remark: true }).get(empty.id)).toEqual({ ...empty, remarks: [], remark: null })
      const [seen] = await articles.including({ remarks: { article: true } }).list({}, { scope: 'deleted' })
      expect(seen).toMatchObject({ id: gone.id, remarks: [{ text: 'orphan', article: null }] })
    })

    it("hides other tenants' targets, and refuses without a tenant", async () => {
      const { full, empty, entries } = await fillLibrary(open())
      const tagged = open().articles.including({ entries: true })
      expect(await inTenant('a', () => tagged.get(full.id))).toEqual({ ...full, entries: [entries.x] })
      expect(await inTenant('a', () => tagged.get(empty.id))).toEqual({ ...empty, entries: [] })
      expect(await inTenant('b', () => tagged.getMany([full.id, empty.id]))).toMatchObject([
        { entries: [{ text: 'y' }] },
        { entries: [{ text: 'z' }] },
      ])
      await expect(tagged.list()).rejects.toMatchObject({ code: 'invalid-value', entity: 'entries' })
    })

    it('nests, and gives several relations at once', async () => {
      const { full, remarks, entries } = await fillLibrary(open())
      const view = open().articles.including({ remarks: { article: { entries: true } }, entries: true })
      const tagged = { ...full, entries: [entries.x] }
      expect(await inTenant('a', () => view.get(full.id))).toEqual({
        ...tagged,
        remarks: [
          { ...remarks.first, article: tagged },
          { ...remarks.second, article: tagged },
        ],
      })
    })

    it('sees the writes of its transaction, and only inside', async () => {
      const { full } = await fillLibrary(open())
      const view = open().articles.including({ remarks: true })
      const rolledBack = new Error('taken back')
      const attempt = open().transaction(async (tx) => {
        await open().remarks.create({ articleId: full.id, text: 'new', rank: 0 }, { tx })
        expect((await view.get(full.id, { tx })).remarks.map(({ text }) => text)).toEqual(['new', 'first', 'second'])
        throw rolledBack
      })
      await expect(attempt).rejects.toBe(rolledBack)
      expect((await view.get(full.id)).remarks).toHaveLength(2)
    })

    it('asks once per relation and level, however many rows there are', async () => {
      const articles = await open().articles.createMany(Array.from({ length: 30 }, (_, index) => ({ title: `Article ${index}` })))
      await open().remarks.createMany(articles.flatMap(({ id }) => [0, 1].map((rank) => ({ articleId: id, text: 'x', rank }))))
      const asked = logged().length
      const rows = await open()
        .articles.including({ remarks: { article: true } })
        .list()
      expect(rows).toHaveLength(30)
      for (const { id, remarks } of rows)
        expect(remarks).toMatchObject([
          { rank: 0, article: { id } },
          { rank: 1, article: { id } },
        ])
      if (capabilities.statementLog) expect(logged().slice(asked).length).toBeLessThanOrEqual(3)
    })

    it('goes five levels deep, and refuses to go on', async () => {
      const { full } = await fillLibrary(open())
      const five = { remarks: { article: { remarks: { article: { remarks: true } } } } } as const
      const nested = await open().articles.including(five).get(full.id)
      expect(nested.remarks[0]?.article?.remarks[1]?.article?.remarks[0]?.text).toBe('first')
      const six = { remarks: { article: { remarks: { article: { remarks: { article: true } } } } } } as const
      await expect(async () => open().articles.including(six).get(full.id)).rejects.toMatchObject({ code: 'invalid-filter' })
    })

    it('refuses more than 10,000 related rows in one level', async () => {
      const { id } = await open().articles.create({ title: 'Busy' })
      const many = Array.from({ length: 10_001 }, (_, rank) => ({ articleId: id, text: 'x', rank }))
      for (let from = 0; from < many.length; from += 2500) await open().remarks.createMany(many.slice(from, from + 2500))
      const view = open().articles.including({ remarks: true })
      await expect(view.get(id)).rejects.toMatchObject({ code: 'unsupported' })
      await open().remarks.deleteMany({ rank: { eq: 10_000 } })
      expect((await view.get(id)).remarks).toHaveLength(10_000)
    })

    it('refuses a relation that is unknown, before any row is read', async () => {
      const unchecked: { including(spec: unknown): { list(): Promise<unknown> } } = open().articles
      const asked = logged().length
      for (const spec of [
        { colours: true },
        { constructor: true },
        JSON.parse('{"__proto__":true}'),
        { remarks: { colours: true } },
        { remarks: 1 },
      ]) {
        await expect(async () => unchecked.including(spec).list(), JSON.stringify(spec)).rejects.toMatchObject({ code: 'invalid-filter' })
      }
      expect(logged()).toHaveLength(asked)
    })
  })
}
