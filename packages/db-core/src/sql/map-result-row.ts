import { mapResultRow } from 'drizzle-orm/utils'

declare module 'drizzle-orm/utils' {
  /** Exported by Drizzle for its drivers, but left out of its typings. */
  export function mapResultRow(
    fields: readonly { readonly path: readonly string[]; readonly field: unknown }[],
    row: unknown[],
    joins: Record<string, boolean> | undefined,
  ): Record<string, unknown>
}

/** A row as the query selects it: each value read by its column, each field at its path. */
export { mapResultRow }
