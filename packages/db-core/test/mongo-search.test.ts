import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CheckError, UnsupportedError } from '../src/errors/repository-error.ts'
import { parseFilter, wordsOf } from '../src/filters/parse-filter.ts'
import { defineCollection, MongoRepository, searchText, softDelete, stringKey, type CollectionDefinition } from '../src/mongo/index.ts'
import { textPrefilter } from '../src/mongo/mongo-search.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const fields = { title: searchText(), body: searchText().nullable(), ...softDelete() }
const textIndex = { key: { title: 'text', body: 'text' }, defaultLanguage: 'none' } as const
const plain = defineCollection({ name: 'plain', schema: z.object({ ...stringKey(), title: z.string(), body: z.string().nullable() }) })
const indexed = defineCollection({ name: 'indexed', schema: z.object({ ...stringKey(), ...fields }), indexes: [textIndex] })
const searchFields = ['title', 'body'] as const

/** Letters that fold in every way there is, and separators of either kind; some sequences of them form longer words. */
const pieces = [
  'a',
  'A',
  'foo',
  'FOO',
  'é',
  'É',
  'e\u0301',
  'ß',
  'ẞ',
  'K',
  'k',
  'İ',
  'i\u0307',
  'ſ',
  's',
  'ǅ',
  'ǆ',
  'ᾈ',
  'ᾀ',
  '𐐀',
  '𐐨',
  '_',
  '1',
]
const between = [' ', '\n', '\t', '-', '"', "'", '$', '.', '–', '\u00a0', '’', '', '']
const separators = [...between, '\u0001', '\u001f', '\u007f']
const textOf = (parts: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...parts)), { maxLength: 6 }).map((list) => list.flat().join(''))

const holds = (text: string | null) => new Set(wordsOf(text ?? ''))

describe('search on MongoDB', () => {
  const fixture = useMongo([plain, indexed])
  const plainRows = () => new MongoRepository(fixture.database, plain, { searchFields })
  const indexedRows = () => new MongoRepository(fixture.database, indexed, { searchFields })

  it.each([
    ['by patterns alone, with control characters between words', plainRows, separators],
    ['with the help of a text index', indexedRows, between],
  ] as const)('finds exactly the rows that hold the words: %s', async (_case, open, parts) => {
    const repository = open()
    await fixture.database.driver.collection(repository.entity.name).deleteMany({})
    const texts = fc.sample(fc.tuple(textOf(parts), fc.option(textOf(parts))), { numRuns: 150, seed: 7 })
    const rows = texts.map(([title, body], index) => ({ id: `r${index}`, title, body }))
    await repository.createMany(rows)
    await fc.assert(
      fc.asyncProperty(textOf(parts), fc.boolean(), async (search, negated) => {
        const words = wordsOf(search)
        if (words.length === 0) return
        const matching = rows.filter(({ title, body }) => words.every((word) => holds(title).has(word) || holds(body).has(word)))
        const expected = negated ? rows.filter((row) => !matching.includes(row)) : matching
        const found = await repository.list({ where: negated ? { not: { search } } : { search }, limit: 1000 })
        expect(found.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
      }),
      { numRuns: 200 },
    )
  })

  it('tells a capital sigma, which is either small one, from all other letters', async () => {
    await fixture.database.driver.collection('plain').deleteMany({})
    await plainRows().createMany([
      { id: 'capital', title: 'ΟΔΟΣ', body: null },
      { id: 'small', title: 'οδος', body: null },
    ])
    const found = async (search: string) => (await plainRows().list({ where: { search } })).map(({ id }) => id)
    expect(await found('ΟΔΟΣ')).toEqual(['capital', 'small'])
    expect(await found('οδος')).toEqual(['capital', 'small'])
    expect(await found('οδοσ')).toEqual(['capital'])
    expect(await found('οδο')).toEqual([])
  })

  describe('by a text index', () => {
    beforeEach(async () => {
      await fixture.database.driver.collection('indexed').deleteMany({})
      await indexedRows().createMany(
        Array.from({ length: 300 }, (_, index) => ({
          id: `r${index}`,
          title: `row ${index}`,
          body: index % 100 === 0 ? 'A rare-word.' : null,
        })),
      )
    })

    it('reads the documents that hold the words, and no others', async () => {
      const { client } = fixture.database.driver
      const profiled = client.db(fixture.database.name)
      await profiled.command({ profile: 2 })
      expect(await indexedRows().count({ search: 'RARE word' })).toBe(3)
      await indexedRows().updateMany({ and: [{ search: 'rare' }, { title: { eq: 'row 100' } }] }, { body: 'changed' })
      await profiled.command({ profile: 0 })
      const entries = await profiled
        .collection('system.profile')
        .find({ ns: `${fixture.database.name}.indexed` })
        .toArray()
      expect(entries.length).toBeGreaterThan(1)
      for (const { planSummary, docsExamined } of entries) {
        expect(planSummary).toContain('_fts')
        expect(docsExamined).toBeLessThan(10)
      }
      expect(await indexedRows().count({ search: 'rare' })).toBe(2)
    })

    it('goes together with every other kind of read', async () => {
      const where = { search: 'rare' } as const
      const repository = indexedRows()
      expect((await repository.page({ where, limit: 2 })).total).toBe(3)
      const first = await repository.seek({ where, limit: 2, orderBy: [{ field: 'body', direction: 'asc' }] })
      const second = await repository.seek({
        where,
        limit: 2,
        orderBy: [{ field: 'body', direction: 'asc' }],
        ...(first.next && { cursor: first.next }),
      })
      expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['r0', 'r100', 'r200'])
      expect(await repository.exists({ or: [{ search: 'absent' }, { search: '299' }] })).toBe(true)
      await fixture.database.transaction(async (tx) => {
        await repository.create({ id: 'new', title: 'rare' }, { tx })
        expect(await repository.count(where, { tx })).toBe(4)
      })
      expect(await repository.deleteMany(where)).toBe(4)
      expect(await repository.count(where, { scope: 'deleted' })).toBe(4)
    })

    it('takes what looks like the language of $text for words', async () => {
      for (const search of ['-rare', '"rare word"', 'rare -word', String.raw`"rare\" -x`.slice(0, 5)]) {
        expect(await indexedRows().count({ search })).toBe(3)
      }
    })

    it('refuses texts whose words it would part otherwise', async () => {
      expect(await failureOf(indexedRows().create({ id: 'x', title: 'a\u0001b' }))).toBeInstanceOf(CheckError)
    })
  })

  describe('narrows by $text', () => {
    const prefilterOf = (definition: CollectionDefinition, filter: object, by: readonly string[] = searchFields) =>
      textPrefilter(parseFilter(filter, { ...definition, searchFields: by }), { definition, searchFields: by })
    const base = { ...stringKey(), title: searchText(), body: searchText().nullable() }
    const define = (schema: z.ZodObject<typeof base>, index: object) =>
      defineCollection({ name: 'some', schema, indexes: [{ ...textIndex, ...index }] })

    it('by all words of the top level, as phrases', () => {
      expect(prefilterOf(indexed, { and: [{ search: 'Foo bar' }, { and: [{ search: 'BAZ' }, { title: { eq: 'x' } }] }] })).toEqual({
        $text: { $search: '"foo" "bar" "baz"', $language: 'none' },
      })
    })

    it('leaves out words that it might take otherwise, and filters that need no word', () => {
      expect(prefilterOf(indexed, { search: 'foo–bar é baz' })).toEqual({ $text: { $search: '"baz"', $language: 'none' } })
      expect(prefilterOf(indexed, { search: 'é' })).toBeUndefined()
      expect(prefilterOf(indexed, { not: { search: 'foo' } })).toBeUndefined()
      expect(prefilterOf(indexed, { or: [{ search: 'foo' }, { search: 'bar' }] })).toBeUndefined()
    })

    it('only where an index serves exactly these fields in the same way', () => {
      expect(prefilterOf(define(z.object(base), {}), { search: 'foo' })).toBeDefined()
      expect(prefilterOf(indexed, { search: 'foo' }, ['title'])).toBeUndefined()
      expect(prefilterOf(plain, { search: 'foo' })).toBeUndefined()
      for (const index of [
        { defaultLanguage: 'english' },
        { hidden: true },
        { key: { title: 'text' } },
        { partialFilterExpression: { body: 'x' } },
      ]) {
        expect(prefilterOf(define(z.object(base), index), { search: 'foo' })).toBeUndefined()
      }
      const loose = defineCollection({ name: 'some', schema: z.object({ ...base, title: z.string() }), indexes: [textIndex] })
      const spoken = defineCollection({ name: 'some', schema: z.object({ ...base, language: z.string() }), indexes: [textIndex] })
      for (const definition of [loose, spoken]) expect(prefilterOf(definition, { search: 'foo' })).toBeUndefined()
    })
  })

  it('needs fields that hold text', () => {
    const numbers = defineCollection({ name: 'some', schema: z.object({ ...stringKey(), size: z.int() }) })
    for (const field of ['size', 'id', 'absent']) {
      expect(() => Reflect.construct(MongoRepository, [fixture.database, numbers, { searchFields: [field] }])).toThrow(UnsupportedError)
    }
  })
})
