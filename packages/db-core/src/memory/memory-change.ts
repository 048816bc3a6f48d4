import type { MemoryEntity, StoredRow } from './memory-entity.ts'

/** One row that was put in the place of another; a missing one was created or removed. */
export interface MemoryChange {
  readonly entity: MemoryEntity
  readonly key: string
  readonly before: StoredRow | undefined
  readonly after: StoredRow | undefined
}
