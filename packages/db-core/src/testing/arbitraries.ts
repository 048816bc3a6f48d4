import fc from 'fast-check'
import type { Filter, SortKey } from '../filters/filter.ts'
import type { NewSpecimen, Specimen } from './entities.ts'

/** Letters of both cases, of one byte and of more, and every character that some query language gives a meaning. */
const characters = [
  'a',
  'A',
  'b',
  'B',
  'z',
  'é',
  'É',
  'ж',
  'Ж',
  '😀',
  '0',
  ' ',
  '%',
  '_',
  '\\',
  '.',
  '*',
  '$',
  '^',
  '(',
  '[',
  '{',
  '/',
  "'",
  '"',
  '\n',
  '-',
  '#',
]
const text = fc.array(fc.constantFrom(...characters), { maxLength: 3 }).map((parts) => parts.join(''))
const amount = fc.integer({ min: 0, max: 4 })
const ratio = fc.constantFrom(-1.5, 0, 0.1, 2.25, 1e10)
const moment = fc.constantFrom(0, 1, 1_700_000_000_123, 1_700_000_000_124, -86_400_000).map((ms) => new Date(ms))

/** Rows with many ties and nulls. The codes differ. */
export function specimens(count: { readonly minLength: number; readonly maxLength: number }): fc.Arbitrary<NewSpecimen[]> {
  const row = fc.record({ name: fc.option(text), amount, ratio: fc.option(ratio), active: fc.boolean(), at: fc.option(moment) })
  return fc.array(row, count).map((rows) => rows.map((fields, index) => ({ ...fields, code: `code-${index}` })))
}

/** Single characters are found more often. */
const needle = fc.oneof(text, fc.constantFrom(...characters))

const textConditions = fc.oneof(
  fc.record({ eq: text }),
  fc.record({ ne: text }),
  fc.record({ in: fc.array(text, { maxLength: 3 }) }),
  fc.record({ notIn: fc.array(text, { maxLength: 3 }) }),
  fc.record({ contains: needle }),
  fc.record({ startsWith: needle }),
  fc.record({ endsWith: needle }),
)
const foldedConditions = textConditions.map((conditions) => ({ ...conditions, ignoreCase: true as const }))

function ordered<Value>(value: fc.Arbitrary<Value>) {
  return fc.oneof(
    fc.record({ eq: value }),
    fc.record({ ne: value }),
    fc.record({ gt: value }),
    fc.record({ gte: value }),
    fc.record({ lt: value }),
    fc.record({ lte: value }),
    fc.record({ gt: value, lte: value }),
    fc.record({ in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ notIn: fc.array(value, { maxLength: 3 }) }),
    fc.record({ between: fc.tuple(value, value) }),
  )
}

const nullness = fc.constantFrom({ isNull: true as const }, { isNotNull: true as const })

const leaf: fc.Arbitrary<Filter<Specimen>> = fc.oneof(
  fc.record({ name: fc.oneof(textConditions, foldedConditions, ordered(text), nullness) }),
  fc.record({ amount: ordered(amount) }),
  fc.record({ ratio: fc.oneof(ordered(ratio), nullness) }),
  fc.record({ active: fc.record({ eq: fc.boolean() }) }),
  fc.record({ at: fc.oneof(ordered(moment), nullness) }),
  fc.record({ name: textConditions, amount: ordered(amount) }),
  fc.constant({}),
)

/** Any filter of specimens, nested a few levels deep. */
export const filters: fc.Arbitrary<Filter<Specimen>> = fc.letrec<{ filter: Filter<Specimen> }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ not: tie('filter') }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
  ),
})).filter

/** Any order of specimens. */
export const orders: fc.Arbitrary<SortKey<Specimen>[]> = fc.uniqueArray(
  fc.record(
    {
      field: fc.constantFrom('name' as const, 'amount' as const, 'ratio' as const, 'active' as const, 'at' as const, 'id' as const),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
      nulls: fc.constantFrom('first' as const, 'last' as const),
    },
    { requiredKeys: ['field', 'direction'] },
  ),
  { maxLength: 3, selector: ({ field }) => field },
)
