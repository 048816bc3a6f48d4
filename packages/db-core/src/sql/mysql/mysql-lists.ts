import { sql, type SQL } from 'drizzle-orm'
import type { WireValue } from '../sql-driver.ts'
import type { SqlField } from '../sql-field.ts'
import { joinSql, slot, type SqlPart } from '../sql-part.ts'
import { listItem } from './mysql-column-types.ts'
import { exactly, exactSlot, folded } from './mysql-text.ts'
import { encodeList } from './mysql-values.ts'

const mostMarks = 1024

/**
 * One mark for each value: only so do updates, deletes and locks go by the index and touch no other row. The number of marks is
 * a power of two, the last value filling the rest, so that there are few texts. A longer list is one parameter, read as a table.
 */
export function inList(field: SqlField, values: readonly WireValue[], ignoreCase: boolean): SqlPart {
  const last = values.at(-1)
  if (last === undefined || values.length > mostMarks) return jsonList(field, values, ignoreCase)
  const size = 2 ** Math.ceil(Math.log2(values.length))
  return {
    shape: `list ${size}`,
    values: [...values, ...Array.from({ length: size - values.length }, () => last)],
    sql: () => sql`${ignoreCase ? folded(field) : sql`${field.column}`} in (${marks(size, field, ignoreCase)})`,
  }
}

/** One collation that is said outright holds for the whole list. */
function marks(size: number, field: SqlField, ignoreCase: boolean): SQL {
  const plain = ignoreCase ? sql`lower(${slot})` : sql`${slot}`
  const exact = ignoreCase ? sql`lower(${slot}) ${exactly}` : exactSlot
  const first = ignoreCase || field.kind === 'text' ? exact : plain
  return joinSql([first, ...Array.from({ length: size - 1 }, () => plain)], sql`, `)
}

function jsonList(field: SqlField, values: readonly WireValue[], ignoreCase: boolean): SqlPart {
  const { type, read, bytes } = listItem(field, ignoreCase)
  return {
    shape: 'list',
    values: [encodeList(values, bytes)],
    sql: () => {
      const items = sql`json_table(${slot}, '$[*]' columns (item ${sql.raw(type)} path '$')) as list`
      return sql`${ignoreCase ? folded(field) : sql`${field.column}`} in (select ${sql.raw(read)} from ${items})`
    },
  }
}
