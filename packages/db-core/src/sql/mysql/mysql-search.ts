import { sql, type SQL } from 'drizzle-orm'
import { slot } from '../sql-part.ts'
import type { SqlDialect } from '../sql-dialect.ts'
import type { SqlField } from '../sql-field.ts'
import { codePointCollation } from './mysql-servers.ts'

// The same characters as `wordSeparators`, as the regular expressions of both servers have them; NUL cannot be stored.
const separators = String.raw`[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+`

/** Words: the text of all fields in lower case, one blank around each word, is looked through for the word between blanks. */
export const mysqlSearch: Pick<SqlDialect, 'hasWord' | 'encodeWord'> = {
  hasWord: (fields) => sql`locate(${slot} ${sql.raw(codePointCollation)}, ${wordText(fields)}) > 0`,
  encodeWord: (word) => ` ${word} `,
}

function wordText(fields: readonly Pick<SqlField, 'column'>[]): SQL {
  const columns = sql.join(
    fields.map(({ column }) => sql`${column}`),
    sql`, `,
  )
  return sql`concat(' ', regexp_replace(lower(concat_ws(' ', ${columns})), ${sql.raw(`'${separators}'`)}, ' '), ' ')`
}
