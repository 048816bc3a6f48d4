import { sql, type SQL } from 'drizzle-orm'
import { encodeValue } from './postgres-values.ts'
import { slot } from '../sql-part.ts'
import type { SqlDialect } from '../sql-dialect.ts'
import type { SqlField } from '../sql-field.ts'

// The same characters as `wordSeparators`, as PostgreSQL's regular expressions have them.
const separators = String.raw`[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+`

/** Words in PostgreSQL: the list of all words of the fields, which a GIN index over the same expression serves. */
export const postgresSearch: Pick<SqlDialect, 'hasWord' | 'encodeWord'> = {
  hasWord: (fields) => sql`${wordList(fields)} @> ${slot}::text[]`,
  encodeWord: (word) => encodeValue([word]),
}

/** All words of the fields, in lower case. Immutable, so that an index can hold it. */
export function wordList(fields: readonly Pick<SqlField, 'column'>[]): SQL {
  const text = sql.join(
    fields.map(({ column }) => sql`coalesce(${column}, '')`),
    sql.raw(" || ' ' || "),
  )
  return sql`string_to_array(regexp_replace(lower(${text}), ${sql.raw(`'${separators}'`)}, ' ', 'g'), ' ')`
}
