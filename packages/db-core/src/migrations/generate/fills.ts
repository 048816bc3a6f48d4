import type { ModelDifference } from './compare-models.ts'
import type { ColumnModel, TableModel } from './schema-model.ts'

/** The value that rows without one get: what the flag says, or the column's own default. */
export function fillOf(
  fills: ReadonlyMap<string, string>,
  { table, column }: { table: TableModel; column: ColumnModel },
): string | undefined {
  return fills.get(`${table.key}.${column.name}`) ?? column.default
}

/** A text or a number alone, which every database stores without computing it for each row. */
export function isLiteral(expression: string): boolean {
  return /^(?:'(?:[^'\\]|'')*'|-?\d+(?:\.\d+)?|true|false)$/i.test(expression.trim())
}

/** `users.phone` of each column that rows may have no value for; `optional` those for which a value may be given. */
export function columnsToFill(difference: ModelDifference): { required: string[]; optional: string[] } {
  const places = difference.tables.changed.flatMap(({ after, columns }) => {
    const key = (column: ColumnModel): string => `${after.key}.${column.name}`
    const added = columns.added.filter(needsValue).map((column) => ({ key: key(column), required: column.default === undefined }))
    const tightened = columns.changed
      .filter((change) => !change.before.notNull && change.after.notNull)
      .map((change) => ({ key: key(change.after), required: change.after.default === undefined }))
    const enums = columns.changed
      .filter(({ before, after: column, retyped }) => retyped && holdsWords(before) && holdsWords(column))
      .map((change) => ({ key: key(change.after), required: false }))
    return [...added, ...tightened, ...enums]
  })
  const required = places.filter((place) => place.required).map((place) => place.key)
  return { required, optional: places.map((place) => place.key) }
}

function needsValue(column: ColumnModel): boolean {
  return column.notNull && column.generated === undefined && !column.counted
}

function holdsWords({ enumKey, type }: ColumnModel): boolean {
  return enumKey !== undefined || /^enum\(/i.test(type)
}
