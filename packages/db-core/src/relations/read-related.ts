import { UnsupportedError } from '../errors/repository-error.ts'
import type { ReadOptions } from '../repository/repository.ts'
import type { RelatedReader } from './relation.ts'

/** How many rows, or keys, one relation may bring to one level. */
export const maxRelatedRows = 10_000

/** What related rows are read with: the transaction and the signal of the call, and live rows only. */
export type RelatedOptions = Pick<ReadOptions, 'tx' | 'signal'>

/** All rows that match, in one read. @throws UnsupportedError beyond maxRelatedRows */
export async function readRelated(
  reader: RelatedReader,
  query: Parameters<RelatedReader['stream']>[0],
  options: RelatedOptions,
): Promise<object[]> {
  const rows: object[] = []
  for await (const row of reader.stream(query, { ...options, batch: maxRelatedRows + 1 })) {
    rows.push(row)
    if (rows.length > maxRelatedRows) throw tooMany(reader)
  }
  return rows
}

/** The rows of these keys, in one read. @throws UnsupportedError beyond maxRelatedRows */
export async function readByKeys(reader: RelatedReader, keys: readonly unknown[], options: RelatedOptions): Promise<object[]> {
  if (keys.length > maxRelatedRows) throw tooMany(reader)
  return keys.length === 0 ? [] : reader.getMany(keys, options)
}

function tooMany({ entity }: RelatedReader): UnsupportedError {
  return new UnsupportedError(`A relation leads to more than ${maxRelatedRows} rows of ${entity.name}; ask for fewer.`, {
    entity: entity.name,
  })
}
