import type { Table } from 'drizzle-orm'
import type {
  CollectionDefinition,
  CreateOf as CollectionCreate,
  PatchOf as CollectionPatch,
  RowOf as CollectionRow,
} from '../mongo/mongo-collection.ts'
import type { CreateOf as TableCreate, IdOf as TableId, PatchOf as TablePatch, RowOf as TableRow } from '../sql/sql-entity.ts'

/** What a memory repository stands in for. */
export type MemorySource = Table | CollectionDefinition

/** The same types as those of the repository of the table or collection. */
export type RowOf<Source extends MemorySource> = Source extends Table
  ? TableRow<Source>
  : Source extends CollectionDefinition
    ? CollectionRow<Source>
    : never

export type IdOf<Source extends MemorySource> = Source extends Table ? TableId<Source> : string

export type CreateOf<Source extends MemorySource> = Source extends Table
  ? TableCreate<Source>
  : Source extends CollectionDefinition
    ? CollectionCreate<Source>
    : never

export type PatchOf<Source extends MemorySource> = Source extends Table
  ? TablePatch<Source>
  : Source extends CollectionDefinition
    ? CollectionPatch<Source>
    : never
