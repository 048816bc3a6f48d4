import { slugCandidates, slugField, isTakenSlug } from '../mixins/slug.ts'
import type { MemoryEntity, StoredRow } from './memory-entity.ts'
import { newRow } from './memory-rows.ts'
import type { MemoryStatement } from './memory-statement.ts'

type Given = Readonly<Record<string, unknown>>

/** Inserts a row, under the first slug that is free where the row needs one. */
export function insertRow(statement: MemoryStatement, entity: MemoryEntity, given: Given, stamps: StoredRow): StoredRow {
  const { slugFrom } = entity.traits
  if (slugFrom === undefined || slugField in given) return statement.insert(entity, newRow(entity, given, stamps))
  const source = given[slugFrom]
  let taken: unknown
  for (const slug of slugCandidates(typeof source === 'string' ? source : '')) {
    try {
      return statement.insert(entity, newRow(entity, { ...given, [slugField]: slug }, stamps))
    } catch (error) {
      if (!isTakenSlug(error)) throw error
      taken = error
    }
  }
  throw taken
}
