import { Long, type Document } from 'mongodb'
import type { CollectionDefinition } from './mongo-collection.ts'

/** Makes the row of a document. The document is used up: what it holds may be part of the row. */
export type RowReader = (document: Document) => Record<string, unknown>

interface Repair {
  readonly name: string
  readonly fallback: (() => unknown) | undefined
  readonly bigint: boolean
}

/**
 * Reads rows of documents that the server has checked when they were written; fields added since then get their fallback.
 * What has to be done is found out here, once, and not for each row. With `fields`, documents are expected to hold no others.
 */
export function rowReader(definition: CollectionDefinition, fields?: readonly string[]): RowReader {
  const { key } = definition
  const repairs = repairsOf(definition, fields)
  return (document) => {
    const row: Record<string, unknown> = { id: key.decode(document['_id']) }
    for (const name of Object.keys(document)) if (name !== '_id') row[name] = document[name]
    for (const { name, fallback, bigint } of repairs) {
      const value = row[name]
      if (value === undefined) {
        if (fallback) row[name] = fallback()
      } else if (bigint) row[name] = bigintOf(value)
    }
    return row
  }
}

/** The driver gives whole numbers as numbers where they are exact as such. */
function bigintOf(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value)
  return value instanceof Long ? value.toBigInt() : value
}

function repairsOf({ fields: all }: CollectionDefinition, fields: readonly string[] | undefined): Repair[] {
  return [...all]
    .filter(([name]) => name !== 'id' && (fields === undefined || fields.includes(name)))
    .map(([name, { fallback, type }]) => ({ name, fallback, bigint: type === 'bigint' }))
    .filter(({ fallback, bigint }) => fallback !== undefined || bigint)
}

/** The projection that reads these fields; the key is always among them. */
export function projectionOf(fields: readonly string[]): Document {
  return Object.fromEntries([['_id', 1], ...fields.filter((field) => field !== 'id').map((field) => [field, 1])])
}
