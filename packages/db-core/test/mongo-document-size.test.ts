import fc from 'fast-check'
import { BSON, Double, Long, ObjectId, UUID } from 'mongodb'
import { expect, it } from 'vitest'
import { sizeAtMost } from '../src/mongo/mongo-document-size.ts'

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(null, undefined, new ObjectId(), new UUID(), new Double(1), Long.MAX_VALUE),
)
const value = fc.oneof(
  scalar,
  fc.array(scalar),
  fc.dictionary(
    fc.string().filter((name) => !name.includes('\0')),
    scalar,
  ),
)

it('never takes a document for smaller than it is', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ unit: 'grapheme' }).filter((name) => !name.includes('\0')),
        value,
      ),
      (document) => {
        expect(sizeAtMost(document)).toBeGreaterThanOrEqual(BSON.calculateObjectSize(document, { ignoreUndefined: true }))
      },
    ),
    { numRuns: 1000 },
  )
})

it('takes what is no BSON for endless', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(sizeAtMost({ circle })).toBe(Number.POSITIVE_INFINITY)
})
