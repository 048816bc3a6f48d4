import { sql, type SQL } from 'drizzle-orm'
import { fieldOf, rowDecoder, type SqlEntity } from './sql-entity.ts'
import { joinSql } from './sql-part.ts'

/** Which columns a read asks for, and how its rows are read. */
export interface SqlProjection<Row> {
  /** Names the columns within the shape of a statement. */
  readonly shape: string
  readonly selection: SQL
  /** Where the value of a selected field stands in a raw row. */
  indexOf(field: string): number
  decode(raw: readonly unknown[]): Row
}

/** Whole rows. */
export function wholeRows<Row>(entity: SqlEntity<Row>): SqlProjection<Row> {
  return {
    shape: '',
    selection: entity.selection,
    indexOf: (field) => fieldOf(entity, field).index,
    decode: (raw) => entity.decode(raw),
  }
}

/** Rows of some fields and the key; `besides` are read and not shown. All fields are known. */
export function partialRows<Row>(entity: SqlEntity<Row>, shown: readonly string[], besides: readonly string[]): SqlProjection<Row> {
  const names = [...new Set([entity.keyField, ...shown, ...besides])]
  const places = new Map(names.map((name, index) => [name, index]))
  const fields = names.map((name) => fieldOf(entity, name))
  const visible = new Set([entity.keyField, ...shown])
  return {
    shape: [...visible, '', ...besides].join(','),
    selection: joinSql(
      fields.map(({ column }) => sql`${sql.identifier(column.name)}`),
      sql`, `,
    ),
    indexOf: (field) => places.get(field) ?? -1,
    decode: rowDecoder<Row>(
      fields.filter(({ name }) => visible.has(name)),
      entity.dialect,
    ),
  }
}
