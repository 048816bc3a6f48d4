import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidFilterError, InvalidValueError, UnsupportedError } from '../src/errors/repository-error.ts'
import type { Filter } from '../src/filters/filter.ts'
import { defineCollection, MongoRepository, objectIdKey, stringKey, type RowOf } from '../src/mongo/index.ts'
import { failureOf, untyped, useMongo } from './support/mongo.ts'

const words = defineCollection({
  name: 'words',
  schema: z.object({ ...stringKey(), text: z.string().nullable(), size: z.int().nullable(), note: z.string().optional() }),
})
const things = defineCollection({ name: 'things', schema: z.object({ ...objectIdKey(), name: z.string() }) })

const rows = [
  { id: 'a', text: 'Apple', size: 1 },
  { id: 'b', text: 'apple pie', size: 2 },
  { id: 'c', text: 'a.c', size: 3, note: 'x' },
  { id: 'd', text: 'abc', size: null },
  { id: 'e', text: null, size: 5 },
  { id: 'f', text: 'Éclair\n', size: 6 },
  { id: 'g', text: String.raw`^$.|?*+()[]{}\/-#`, size: 7 },
]

describe('a filter on MongoDB', () => {
  const fixture = useMongo([words, things])
  const repository = () => new MongoRepository(fixture.database, words)
  beforeAll(async () => {
    await repository().createMany(rows)
  })

  const cases: [Filter<RowOf<typeof words>>, string][] = [
    [{}, 'abcdefg'],
    [{ text: { eq: 'abc' } }, 'd'],
    [{ text: { ne: 'abc' } }, 'abcefg'],
    [{ text: { in: ['abc', 'a.c'] } }, 'cd'],
    [{ text: { in: [] } }, ''],
    [{ text: { notIn: ['abc', 'a.c'] } }, 'abefg'],
    [{ text: { notIn: [] } }, 'abcdefg'],
    [{ text: { isNull: true } }, 'e'],
    [{ text: { isNotNull: true } }, 'abcdfg'],
    [{ note: { isNull: true } }, 'abdefg'],
    [{ note: { isNotNull: true } }, 'c'],
    [{ size: { gt: 2 } }, 'cefg'],
    [{ size: { gte: 2, lte: 5 } }, 'bce'],
    [{ size: { lt: 3 } }, 'ab'],
    [{ size: { between: [2, 5] } }, 'bce'],
    [{ not: { size: { gt: 2 } } }, 'abd'],
    [{ not: { size: { between: [2, 5] } } }, 'adfg'],
    [{ not: { and: [{ size: { gt: 1 } }, { text: { eq: 'abc' } }] } }, 'abcdefg'],
    [{ or: [{ size: { eq: 1 } }, { text: { eq: 'abc' } }] }, 'ad'],
    [{ and: [{ size: { gt: 1 } }, { not: { text: { contains: 'a' } } }] }, 'eg'],
    [{ text: { contains: '.' } }, 'cg'],
    [{ text: { contains: 'a.c' } }, 'c'],
    [{ text: { contains: 'APPLE', ignoreCase: true } }, 'ab'],
    [{ text: { startsWith: 'a' } }, 'bcd'],
    [{ text: { startsWith: '^' } }, 'g'],
    [{ text: { endsWith: 'c' } }, 'cd'],
    [{ text: { endsWith: 'r' } }, ''],
    [{ text: { endsWith: 'r\n' } }, 'f'],
    [{ text: { eq: 'APPLE', ignoreCase: true } }, 'a'],
    [{ text: { ne: 'APPLE', ignoreCase: true } }, 'bcdefg'],
    [{ text: { in: ['APPLE', 'ABC'], ignoreCase: true } }, 'ad'],
    [{ text: { notIn: ['APPLE', 'ABC'], ignoreCase: true } }, 'bcefg'],
    [{ text: { startsWith: 'é', ignoreCase: true } }, 'f'],
    [{ text: { gt: 'APPLE', ignoreCase: true } }, 'bf'],
    [{ text: { between: ['A', 'B'], ignoreCase: true } }, 'abcd'],
    [{ text: { eq: String.raw`^$.|?*+()[]{}\/-#` } }, 'g'],
    [{ text: { contains: String.raw`.|?*+()[]{}\/-#` } }, 'g'],
    [{ text: { eq: String.raw`^$.|?*+()[]{}\/-#`, ignoreCase: true } }, 'g'],
    [{ id: { in: ['a', 'g'] } }, 'ag'],
    [{ id: { startsWith: 'c' } }, 'c'],
  ]
  it.each(cases)('%j selects %s', async (where, expected) => {
    const found = await repository().list({ where, orderBy: [{ field: 'id', direction: 'asc' }] })
    expect(found.map((row) => row.id).join('')).toBe(expected)
    expect(await repository().count(where)).toBe(expected.length)
  })

  it('takes text that looks like an operator as text', async () => {
    expect(await repository().count({ text: { eq: '$ne' } })).toBe(0)
    expect(await repository().count({ text: { startsWith: '{"$gt"' } })).toBe(0)
  })

  it.each<[string, unknown]>([
    ['an operator of MongoDB', { text: { $ne: null } }],
    ['an operator at the top', { $where: 'sleep(1000)' }],
    ['an object as a value', { text: { eq: { $ne: null } } }],
    ['a regular expression as a value', { text: { eq: /a/ } }],
    ['undefined', { text: { eq: undefined } }],
    ['an unknown field', { _id: { eq: 'a' } }],
  ])('refuses %s before any I/O', async (_case, where) => {
    expect(await failureOf(untyped(repository()).list({ where }))).toBeInstanceOf(InvalidFilterError)
  })

  it('refuses an id that cannot be one, and text comparisons of a key that is no text', async () => {
    const keyed = new MongoRepository(fixture.database, things)
    const { id } = await keyed.create({ name: 'x' })
    expect(await keyed.list({ where: { id: { in: [id] } } })).toHaveLength(1)
    expect(await keyed.list({ where: { id: { gte: id } } })).toHaveLength(1)
    expect(await failureOf(keyed.find('zz'))).toBeInstanceOf(InvalidValueError)
    expect(await failureOf(keyed.list({ where: { id: { eq: 'twelve chars' } } }))).toBeInstanceOf(InvalidValueError)
    expect(await failureOf(keyed.list({ where: { id: { startsWith: '6' } } }))).toBeInstanceOf(UnsupportedError)
  })
})
