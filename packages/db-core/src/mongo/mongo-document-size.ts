import { BSON, ObjectId, UUID } from 'mongodb'

/** Type, end of the name, and the longest value that is no text and holds no other: a UUID with its length and kind. */
const overhead = 24
/** UTF-8 makes at most so many bytes of one unit of a JavaScript string. */
const bytesPerUnit = 3

/** No fewer bytes than the document has as BSON, and found out faster; infinite for what is no BSON. */
export function sizeAtMost(document: object): number {
  let size = overhead
  for (const name of Object.keys(document)) size += overhead + name.length * bytesPerUnit + sizeOfValue(Reflect.get(document, name))
  return size
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length * bytesPerUnit
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof UUID || value instanceof ObjectId) return 0
  // Whatever is nested may be deep, or lead back to itself, which BSON's own way of counting knows how to refuse.
  return exactSize({ value })
}

function exactSize(document: object): number {
  try {
    return BSON.calculateObjectSize(document, { ignoreUndefined: true })
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
