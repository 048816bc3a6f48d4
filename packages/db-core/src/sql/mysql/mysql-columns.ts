import type { Column } from 'drizzle-orm'
import { customType } from 'drizzle-orm/mysql-core'
import { codePointCollation } from './mysql-servers.ts'

/** The type of a UUID key: 36 ASCII characters, readable in every tool and sortable as they are. */
export const uuidType = 'char(36) character set ascii collate ascii_bin'

const exactMark = `character set utf8mb4 ${codePointCollation}`

/** A UUID as text. Write the same type in the migration; `uuidType` holds it. */
export const uuidColumn = customType<{ data: string; driverData: string }>({ dataType: () => uuidType })

/**
 * Text whose column compares by code points, so that an index serves sorting and pages by it. Other text columns are compared
 * and sorted alike, but sorting them reads all rows. The migration must say so too: a database whose default collation is
 * utf8mb4_nopad_bin (MariaDB) or utf8mb4_0900_bin (MySQL) does. 255 characters unless said otherwise.
 */
export const exactText = customType<{ data: string; driverData: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 255}) ${exactMark}`,
})

export function isExactText(type: string): boolean {
  return type.endsWith(exactMark)
}

const textTypes = new Set(['MySqlText', 'MySqlVarChar', 'MySqlChar'])

export function isText(column: Column): boolean {
  return textTypes.has(column.columnType) || isExactText(column.getSQLType())
}
