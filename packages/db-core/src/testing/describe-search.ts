import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewArticle } from './entities.ts'
import type { Suite } from './harness.ts'
import { matches } from './oracle.ts'

/** Few words, so that they meet; written in both cases and parted by everything that parts, or by what only seems to. */
const words = ['a', 'A', 'ab', 'AB', 'b', 'é', 'É', 'Ж', 'ж', 'a_b', '1', '😀', 'x\u00a0y', 'null']
const separators = [' ', '\n', '-', '.', ',', '%', '\\', "'", '"', '*', '(', '/', '$', '\t', '&', '|', '!', ':', '<', '@']
const sentence = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...separators)), { maxLength: 4 })
  .map((parts) => parts.flat().join(''))
const query = fc
  .array(fc.tuple(fc.constantFrom(...words, 'absent'), fc.constantFrom(...separators)), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.flat().join(''))

const twentyOneWords = Array.from({ length: 21 }, (_, index) => `w${index}`).join(' ')
const refused: readonly unknown[] = ['', ' ', '-!?', twentyOneWords, 'a\0b', '\ud83d', null, undefined, 5, ['a'], {}]

/** D5, `search`: whole words, of any case, in any of the fields. */
export function describeSearch({ open }: Suite): void {
  describe('search', () => {
    async function found(search: string): Promise<string[]> {
      return (await open().articles.list({ where: { search } })).map(({ slug }) => slug).toSorted()
    }

    async function write(articles: Readonly<Record<string, Omit<NewArticle, 'slug'>>>): Promise<void> {
      await open().articles.createMany(Object.entries(articles).map(([slug, article]) => ({ ...article, slug })))
    }

    it('selects what the truth table selects, for any texts and any words', async () => {
      const texts = fc.record({ title: sentence, body: fc.option(sentence) })
      const inputs = fc.sample(texts, { numRuns: 60, seed: 3 })
      const rows = await open().articles.createMany(inputs.map((input, index) => ({ ...input, slug: `s-${index}` })))
      const world = { searchFields: ['title', 'body'] }
      await fc.assert(
        fc.asyncProperty(query, fc.boolean(), async (search, negated) => {
          const where = negated ? { not: { search } } : { search }
          const expected = rows.filter((row) => matches({ ...row }, where, world)).map(({ slug }) => slug)
          const answer = await open().articles.list({ where, limit: 1000 })
          expect(answer.map(({ slug }) => slug).toSorted()).toEqual(expected.toSorted())
          expect(await open().articles.count(where)).toBe(expected.length)
        }),
        { numRuns: 150 },
      )
    })

    it('finds whole words only, in any case, in either field, and all of them', async () => {
      await write({
        both: { title: 'Red bicycle', body: 'A fast one.' },
        title: { title: 'The RED-hot iron' },
        body: { title: 'Blue', body: 'not (red)!' },
        part: { title: 'Redder', body: 'hundred' },
        none: { title: 'Green', body: null },
      })
      expect(await found('red')).toEqual(['body', 'both', 'title'])
      expect(await found('RED')).toEqual(['body', 'both', 'title'])
      expect(await found('red fast')).toEqual(['both'])
      expect(await found('fast, red; bicycle')).toEqual(['both'])
      expect(await found('hot')).toEqual(['title'])
      expect(await found('re')).toEqual([])
      expect(await found('red absent')).toEqual([])
    })

    it('takes every character literally', async () => {
      await write({ underscore: { title: 'a_b' }, letters: { title: 'axb' }, percent: { title: '100% sure' }, star: { title: 'a* b' } })
      expect(await found('a_b')).toEqual(['underscore'])
      expect(await found('a%b')).toEqual(['star'])
      expect(await found('100')).toEqual(['percent'])
      expect(await found('a.b')).toEqual(['star'])
      expect(await found('-a b')).toEqual(['star'])
      expect(await found('"a" | sure:*')).toEqual([])
    })

    it('joins other conditions, hides deleted rows, and holds in bulk writes', async () => {
      await write({ one: { title: 'red one' }, two: { title: 'red two' }, gone: { title: 'red gone' } })
      await open().articles.deleteMany({ search: 'gone' })
      expect(await found('red')).toEqual(['one', 'two'])
      expect(await open().articles.count({ not: { search: 'two' } })).toBe(1)
      expect(await open().articles.count({ and: [{ search: 'red' }, { title: { endsWith: 'two' } }] })).toBe(1)
      expect(await open().articles.exists({ or: [{ search: 'absent' }, { search: 'one' }] })).toBe(true)
      expect(await open().articles.updateMany({ search: 'two' }, { body: 'found' })).toBe(1)
      expect(await found('found')).toEqual(['two'])
    })

    it('follows a change of the text, also inside a transaction', async () => {
      await write({ one: { title: 'red' } })
      const { id } = await open().articles.getOne({ search: 'red' })
      await open().transaction(async (tx) => {
        await open().articles.update(id, { title: 'blue' }, { tx })
        expect(await open().articles.count({ search: 'blue' }, { tx })).toBe(1)
        expect(await open().articles.count({ search: 'red' }, { tx })).toBe(0)
      })
      expect(await found('blue')).toEqual(['one'])
    })

    for (const search of refused) {
      it(`refuses to search for ${inspect(search)}`, async () => {
        const unchecked: { list(query: unknown): Promise<unknown> } = open().articles
        await expect(unchecked.list({ where: { search } })).rejects.toMatchObject({ code: 'invalid-filter', entity: 'articles' })
      })
    }

    it('is refused by an entity without search fields', async () => {
      await expect(open().specimens.count({ search: 'a' })).rejects.toMatchObject({ code: 'invalid-filter', entity: 'specimens' })
    })
  })
}
