import { sql, type SQL } from 'drizzle-orm'
import type { SqlField } from '../sql-field.ts'
import { slot } from '../sql-part.ts'
import { codePointCollation } from './mysql-servers.ts'

export const exactly = sql.raw(codePointCollation)

/** A text compared by code points: said on the side of the value, so that a column that has this collation is still found by its index. */
export const exactSlot = sql`${slot} ${exactly}`

export function textOf({ column, kind }: SqlField): SQL {
  return kind === 'text' ? sql`${column}` : sql`cast(${column} as char)`
}

/** Both sides of a comparison are folded by the database, so that they are folded alike. */
export function folded(field: SqlField): SQL {
  return sql`lower(${textOf(field)})`
}
