import type { NoRelations, Relations, RelationsOfRow } from '../relations/relation.ts'

/** What every repository, of whatever store, can be told about its entity beyond what the table or collection declares. */
export interface RepositoryOptions<Related extends Relations = NoRelations, Row = Readonly<Record<string, unknown>>> {
  /** The named ways to other entities, for `including` and `exists`. */
  readonly relations?: RelationsOfRow<Related, Row>
  /** The text fields that the filter `search` looks into. */
  readonly searchFields?: readonly TextField<Row>[]
  /**
   * Reads by key that meet become one statement; true unless said otherwise. A lone read is sent at once, as it would be without.
   * The cost: reads that were joined share one fate, so a statement that fails or is slow fails or delays each of them.
   * Never inside a transaction.
   */
  readonly joinReads?: boolean
  /**
   * Single inserts that meet become one statement; false unless said otherwise. Each caller still has its own row or its own error.
   * The cost: inserts that were joined are committed together, wait for the slowest of them, and when one is refused are all sent again
   * one by one; a lost connection leaves the outcome of each of them unknown. Never inside a transaction.
   */
  readonly joinWrites?: boolean
}

type TextField<Row> = { [Field in keyof Row & string]: string extends Row[Field] ? Field : never }[keyof Row & string]
