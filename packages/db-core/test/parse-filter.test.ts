import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidFilterError } from '../src/errors/repository-error.ts'
import { parseFilter } from '../src/filters/parse-filter.ts'
import { parseSort } from '../src/filters/parse-sort.ts'

const fields = new Set(['name', 'rank'])
const parse = (filter: unknown) => parseFilter(filter, { name: 'things', fieldNames: fields })

describe('parseFilter', () => {
  it('makes one closed node of every filter, simplified', () => {
    const rank = { kind: 'compare', field: 'rank', operator: 'eq', value: 1, ignoreCase: false }
    expect(parse({})).toEqual({ kind: 'all' })
    expect(parse({ or: [] })).toEqual({ kind: 'none' })
    expect(parse({ rank: { in: [] } })).toEqual({ kind: 'none' })
    expect(parse({ not: { and: [] } })).toEqual({ kind: 'none' })
    expect(parse({ and: [{ rank: { eq: 1 } }, {}] })).toEqual(rank)
    expect(parse({ not: { not: { rank: { eq: 1 } } } })).toEqual(rank)
    expect(parse({ or: [{ rank: { eq: 1 } }, { rank: { in: [] } }] })).toEqual(rank)
    expect(parse({ rank: { eq: 1 }, or: [{ rank: { eq: 1 } }] })).toEqual({ kind: 'and', nodes: [rank, rank] })
  })

  it('answers with a node or InvalidFilter, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.anything({ key: fc.constantFrom('name', 'rank', 'and', 'or', 'not', 'eq', 'in', 'isNull', '__proto__', '$ne'), maxDepth: 5 }),
        (filter) => {
          try {
            expect(parse(filter)).toHaveProperty('kind')
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidFilterError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('refuses a list that is none, and an order that is none or too long', () => {
    const order = (orderBy: unknown) => parseSort(orderBy, { fields, entity: 'things', key: 'name' })
    for (const list of ['a', 5, null, { 0: 'a' }]) expect(() => parse({ name: { in: list } })).toThrow('needs a list for in of name')
    for (const orderBy of ['name', {}, null, Array.from({ length: 9 }, () => ({ field: 'name', direction: 'asc' }))]) {
      expect(() => order(orderBy)).toThrow('at most 8 keys')
    }
  })

  it('never repeats a value, nor a name that could do harm', () => {
    const secret = 'p4ssw0rd'
    for (const filter of [
      { [`<b>${secret}`]: 1 },
      { name: { [`$${secret}`]: 1 } },
      { name: { eq: { [secret]: 1 } } },
      { name: secret },
      { rank: { between: [secret] } },
    ]) {
      expect(() => parse(filter)).toThrow(InvalidFilterError)
      expect(() => parse(filter)).not.toThrow(secret)
    }
  })

  it('bounds its work: depth, circles, and the number of comparisons', () => {
    const circle: Record<string, unknown> = {}
    circle['not'] = circle
    expect(() => parse(circle)).toThrow('deeper than')
    expect(() => parse({ or: Array.from({ length: 201 }, () => ({ rank: { eq: 1 } })) })).toThrow('more than 200')
    const wide: Record<string, unknown> = {}
    wide['and'] = Array.from({ length: 10 }, () => wide)
    expect(() => parse(wide)).toThrow(InvalidFilterError)
  })
})
