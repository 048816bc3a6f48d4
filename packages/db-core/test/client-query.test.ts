import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineClientQuery, InvalidFilterError } from '../src/index.ts'

interface User {
  readonly id: string
  readonly email: string
  readonly nickname: string | null
  readonly age: number
  readonly score: number
  readonly points: bigint
  readonly active: boolean
  readonly status: 'open' | 'closed'
  readonly createdAt: Date
  readonly passwordHash: string
  readonly tags: string[]
}

const users = defineClientQuery<User>()({
  filterable: {
    id: { value: z.uuid(), operators: ['eq', 'in'] },
    email: { value: z.email(), operators: ['eq', 'contains', 'startsWith', 'ignoreCase'] },
    nickname: { value: z.string().nullable(), operators: ['eq', 'ne', 'isNull', 'isNotNull'] },
    age: { value: z.int().min(0).max(150), operators: ['gte', 'lt', 'notIn'] },
    score: { value: z.number(), operators: ['gt', 'lte'] },
    points: { value: z.bigint(), operators: ['eq'] },
    active: { value: z.boolean(), operators: ['eq'] },
    status: { value: z.enum(['open', 'closed']), operators: ['eq', 'in'] },
    createdAt: { value: z.date(), operators: ['gte', 'lt'] },
  },
  sortable: ['createdAt', 'email'],
  defaultSort: ['-createdAt'],
  search: true,
  maxFilters: 4,
})

function faultOf(input: unknown, query: { parse(input: unknown): unknown } = users): InvalidFilterError {
  try {
    query.parse(input)
  } catch (error) {
    if (error instanceof InvalidFilterError) return error
    throw error
  }
  throw new Error('It was expected to fail.')
}

describe('a client query', () => {
  it('of nothing is the first page in the default order', () => {
    expect(users.parse({})).toEqual({ where: {}, orderBy: [{ field: 'createdAt', direction: 'desc' }], limit: 20, parameters: {} })
  })

  it('becomes a filter, an order, a limit and a cursor', () => {
    const query = users.parse({
      'email[contains]': 'a%_',
      'email[ignoreCase]': 'true',
      'createdAt[gte]': '2026-01-01T02:00:00+02:00',
      'status[in]': 'open,closed',
      sort: '-createdAt,email',
      limit: '7',
      cursor: 'abc',
      q: 'blue coat',
    })
    expect(query).toEqual({
      where: {
        and: [
          {
            email: { contains: 'a%_', ignoreCase: true },
            createdAt: { gte: new Date('2026-01-01T00:00:00Z') },
            status: { in: ['open', 'closed'] },
          },
          { search: 'blue coat' },
        ],
      },
      orderBy: [
        { field: 'createdAt', direction: 'desc' },
        { field: 'email', direction: 'asc' },
      ],
      limit: 7,
      cursor: 'abc',
      parameters: {},
    })
  })

  it.each([
    ['id', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', { id: { eq: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' } }],
    ['age[gte]', '18', { age: { gte: 18 } }],
    ['age[notIn]', ['1', '2'], { age: { notIn: [1, 2] } }],
    ['score[gt]', '-1.5', { score: { gt: -1.5 } }],
    ['points', '9007199254740993', { points: { eq: 9007199254740993n } }],
    ['active', 'false', { active: { eq: false } }],
    ['nickname[isNull]', 'true', { nickname: { isNull: true } }],
    ['nickname', 'null', { nickname: { eq: 'null' } }],
    ['status', 'open', { status: { eq: 'open' } }],
  ])('reads %s by the type of the field', (name, value, where) => {
    expect(users.parse({ [name]: value }).where).toEqual(where)
  })

  it('takes a list by commas, or value by value where the name is repeated', () => {
    const names = defineClientQuery<User>()({
      filterable: { email: { value: z.string(), operators: ['in'] } },
      defaultSort: ['email'],
    })
    expect(names.parse({ 'email[in]': 'a,b' }).where).toEqual({ email: { in: ['a', 'b'] } })
    expect(names.parse({ 'email[in]': ['a,b', 'c'] }).where).toEqual({ email: { in: ['a,b', 'c'] } })
  })

  it('pages by number where it is told to', () => {
    const paged = defineClientQuery<User>()({ defaultSort: ['email'], paging: 'page', maxLimit: 5, defaultLimit: 3 })
    expect(paged.parse({})).toMatchObject({ limit: 3, page: 1 })
    expect(paged.parse({ page: '7', limit: '5' })).toMatchObject({ limit: 5, page: 7 })
    expect(faultOf({ limit: '6' }, paged).fields).toEqual(['limit'])
    expect(faultOf({ cursor: 'x' }, paged).fields).toEqual(['cursor'])
  })

  it('leaves a parameter called q alone where there is no search', () => {
    const query = defineClientQuery<User>()({ defaultSort: ['email'], parameters: { q: z.string().optional() } })
    const { where, parameters } = query.parse({ q: 'ada' })
    expect([where, parameters]).toEqual([{}, { q: 'ada' }])
  })

  it('carries parameters that mean something else', () => {
    const query = defineClientQuery<User>()({ defaultSort: ['email'], parameters: { category: z.uuid().optional() } })
    expect(query.parse({}).parameters).toEqual({ category: undefined })
    expect(faultOf({ category: 'x' }, query).fields).toEqual(['category'])
  })

  it.each<[string, unknown, string[]]>([
    ['an unknown field', { passwordHash: 'x' }, ['passwordHash']],
    ['an operator that the field does not have', { 'status[contains]': 'o' }, ['status[contains]']],
    ['an operator that nobody has', { 'status[$ne]': 'open' }, []],
    ['a number in a date', { 'createdAt[gte]': '1' }, ['createdAt[gte]']],
    ['text in a number', { 'age[gte]': '1e3' }, ['age[gte]']],
    ['a number out of its range', { 'age[lt]': '151' }, ['age[lt]']],
    ['half a number', { 'age[lt]': '1.5' }, ['age[lt]']],
    ['a huge number', { 'score[gt]': '9'.repeat(400) }, ['score[gt]']],
    ['a value outside the enum', { status: 'lost' }, ['status']],
    ['one bad value of a list', { 'status[in]': 'open,lost' }, ['status[in]']],
    ['a list of 101', { 'age[notIn]': Array(101).fill('1') }, ['age[notIn]']],
    ['a repeated single value', { status: ['open', 'closed'] }, ['status']],
    ['a repeated sort', { sort: ['email', 'email'] }, ['sort']],
    ['an object', { status: { $ne: 'open' } }, ['status']],
    ['empty text', { 'email[contains]': '' }, ['email[contains]']],
    ['NUL', { 'email[contains]': 'a\0' }, ['email[contains]']],
    ['half a character', { 'email[contains]': '\ud800' }, ['email[contains]']],
    ['a sort by a hidden field', { sort: 'passwordHash' }, ['sort']],
    ['a field twice in the sort', { sort: 'email,-email' }, ['sort']],
    ['an empty sort', { sort: '' }, ['sort']],
    ['a limit of 0', { limit: '0' }, ['limit']],
    ['a limit of 101', { limit: '101' }, ['limit']],
    ['a limit that is no number', { limit: 'x' }, ['limit']],
    ['a page where cursors are', { page: '1' }, ['page']],
    ['a search without a word', { q: '--' }, ['q']],
    ['a search of 21 words', { q: Array.from({ length: 21 }, (_, index) => `w${index}`).join(' ') }, ['q']],
    ['ignoreCase without a condition', { 'email[ignoreCase]': 'true' }, ['email[ignoreCase]']],
    ['isNull of false', { 'nickname[isNull]': 'false' }, ['nickname[isNull]']],
    [
      'more conditions than allowed',
      { 'age[gte]': '1', 'age[lt]': '2', active: 'true', status: 'open', 'createdAt[lt]': '2026-01-01T00:00:00Z' },
      ['createdAt[lt]'],
    ],
    ['__proto__', JSON.parse('{"__proto__":{"status":"open"}}'), ['__proto__']],
    ['$where', { $where: 'sleep(1)' }, []],
    ['no object', 'status=open', []],
    ['a list', [], []],
  ])('refuses %s and names the parameter', (_name, input, fields) => {
    const fault = faultOf(input)
    expect(fault).toMatchObject({ code: 'invalid-filter', fields })
    expect(fault.message).not.toMatch(/lost|sleep/u)
  })

  it('is described for OpenAPI, each parameter as what it stands for', () => {
    const { properties, required } = z.toJSONSchema(users.schema, { io: 'input' })
    expect(required).toBeUndefined()
    expect(properties).toMatchObject({
      'age[gte]': { type: 'integer', minimum: 0, maximum: 150 },
      'age[notIn]': { type: 'array', items: { type: 'integer' } },
      'email[contains]': { type: 'string', maxLength: 200 },
      'createdAt[gte]': { type: 'string', format: 'date-time' },
      active: { type: 'boolean' },
      status: { type: 'string', enum: ['open', 'closed'] },
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      sort: { type: 'string', pattern: expect.any(String) },
    })
  })

  it('cannot be defined with two parameters of one name, or of a value that no text stands for', () => {
    interface Sorted {
      readonly sort: string
      readonly at: Date
    }
    const name = { value: z.string(), operators: ['eq'] } as const
    expect(() => defineClientQuery<Sorted>()({ filterable: { sort: name }, sortable: ['at'], defaultSort: ['at'] })).toThrow('sort')
    const list = { value: z.array(z.string()), operators: ['isNull'] } as const
    expect(
      defineClientQuery<User>()({ filterable: { tags: list }, defaultSort: ['email'] }).parse({ 'tags[isNull]': 'true' }),
    ).toMatchObject({
      where: { tags: { isNull: true } },
    })
    interface Shaped {
      readonly shape: string
    }
    const shape = { value: z.custom<string>(), operators: ['eq'] } as const
    expect(() => defineClientQuery<Shaped>()({ filterable: { shape }, defaultSort: ['shape'] })).toThrow('custom')
  })
})

/** Compiled and never called. */
export function doesNotCompile(): void {
  const text = z.string()
  // @ts-expect-error there is no such field
  defineClientQuery<User>()({ filterable: { nothing: { value: text, operators: ['eq'] } }, defaultSort: ['email'] })
  // @ts-expect-error a number has no contains
  defineClientQuery<User>()({ filterable: { age: { value: z.int(), operators: ['contains'] } }, defaultSort: ['email'] })
  // @ts-expect-error a list is not compared
  defineClientQuery<User>()({ filterable: { tags: { value: z.array(text), operators: ['eq'] } }, defaultSort: ['email'] })
  // @ts-expect-error the value is not what the field holds
  defineClientQuery<User>()({ filterable: { createdAt: { value: text, operators: ['gte'] } }, defaultSort: ['email'] })
  // @ts-expect-error no sort by what is not there
  defineClientQuery<User>()({ sortable: ['nothing'], defaultSort: ['email'] })
  // @ts-expect-error nor by default
  defineClientQuery<User>()({ defaultSort: ['-nothing'] })
}

const operators: Readonly<Record<string, readonly string[]>> = {
  id: ['eq', 'in'],
  email: ['eq', 'contains', 'startsWith', 'ignoreCase'],
  nickname: ['eq', 'ne', 'isNull', 'isNotNull'],
  age: ['gte', 'lt', 'notIn'],
  score: ['gt', 'lte'],
  points: ['eq'],
  active: ['eq'],
  status: ['eq', 'in'],
  createdAt: ['gte', 'lt'],
}
const names = fc.oneof(
  fc.constantFrom(
    ...Object.entries(operators).flatMap(([field, list]) => [field, ...list.map((operator) => `${field}[${operator}]`)]),
    ...['sort', 'limit', 'cursor', 'q', 'page', '__proto__', 'constructor', '$where', 'passwordHash', 'and', 'or', 'not', 'exists'],
  ),
  fc.string(),
)
const texts = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '__proto__',
    '$where',
    '-createdAt',
    'email,-createdAt',
    'open',
    'true',
    '1',
    '9'.repeat(400),
    '2026-01-01T00:00:00Z',
  ),
  fc.string(),
  fc.integer().map(String),
)
const inputs = fc.oneof(
  fc.array(fc.tuple(names, fc.oneof(texts, fc.array(texts), fc.anything()))).map((entries) => {
    const input: Record<string, unknown> = Object.create(null)
    for (const [name, value] of entries) Object.defineProperty(input, name, { value, enumerable: true, configurable: true })
    return input
  }),
  fc.anything(),
)

it('no input yields a field or an operator outside the allow-list, or any error but InvalidFilter', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const query = outcomeOf(input)
      if (query === undefined) return
      expect(query.limit).toBeGreaterThanOrEqual(1)
      expect(query.limit).toBeLessThanOrEqual(100)
      for (const { field } of query.orderBy) expect(['createdAt', 'email']).toContain(field)
      const { and: [conditions] = [query.where] } = 'and' in query.where ? query.where : {}
      for (const [field, comparisons] of Object.entries({ ...conditions })) {
        expect(operators[field]).toBeDefined()
        expect(operators[field]).toEqual(expect.arrayContaining(Object.keys({ ...comparisons })))
      }
    }),
    { numRuns: 3_000 },
  )
})

function outcomeOf(input: unknown): ReturnType<typeof users.parse> | undefined {
  try {
    return users.parse(input)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidFilterError)
    return undefined
  }
}
