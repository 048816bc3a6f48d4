import type { Column } from 'drizzle-orm'

/** One column of a table, as SqlRepository knows it. */
export interface SqlField {
  readonly name: string
  readonly column: Column
  /** Where the value stands in a row as the database gives it. */
  readonly index: number
  readonly kind: 'text' | 'uuid' | 'other'
}
