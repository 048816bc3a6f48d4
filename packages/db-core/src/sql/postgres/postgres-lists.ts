import { sql, type Column, type SQL } from 'drizzle-orm'
import type { SqlField } from '../sql-field.ts'
import { joinSql, slot } from '../sql-part.ts'

/** Types whose values an array holds as they are; text stands for all texts, so that one that is too long is refused and not cut. */
const listTypes: ReadonlyMap<string, string> = new Map([
  ...['text', 'varchar', 'char'].map((type): [string, string] => [type, 'text']),
  ...['uuid', 'boolean', 'date', 'json', 'jsonb', 'real', 'double precision', 'numeric'].map((type): [string, string] => [type, type]),
  ...['smallint', 'integer', 'bigint'].map((type): [string, string] => [type, type]),
  ['smallserial', 'smallint'],
  ['serial', 'integer'],
  ['bigserial', 'bigint'],
  ['timestamp', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
])

/** Many rows as one list for each column, in their order; undefined when a column has a type that must be sent value by value. */
export function rowsFromLists(fields: readonly SqlField[]): SQL | undefined {
  const types = fields.map(({ column }) => listTypeOf(column))
  if (types.includes(undefined)) return undefined
  const columns = joinSql(
    fields.map(({ column }) => sql`${sql.identifier(column.name)}`),
    sql`, `,
  )
  const lists = joinSql(
    types.map((type) => sql`${slot}::${sql.raw(type ?? '')}[]`),
    sql`, `,
  )
  return sql`select ${columns} from unnest(${lists}) with ordinality as given (${columns}, given_place) order by given_place`
}

function listTypeOf(column: Column): string | undefined {
  return listTypes.get(column.getSQLType().replace(/\s*\([\d, ]*\)/, ''))
}
