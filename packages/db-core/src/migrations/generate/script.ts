import type { SqlDialect } from '../files/sql-tokens.ts'
import type { ForeignKeyModel, TableModel } from './schema-model.ts'

/** One statement of a generated file. */
export interface ScriptLine {
  readonly sql: string
  /** Run again, each time in a transaction of its own, until it changes no row. */
  readonly repeat?: boolean
  /** A comment for who reads the file. */
  readonly note?: string | undefined
  /** The whole file has to run without a transaction around it. */
  readonly outside?: boolean
}

/** What a writer may need beside the difference. */
export interface WriterInput {
  /** SQL expressions by `users.phone`, for rows that have no value for a required column. */
  readonly fills: ReadonlyMap<string, string>
}

export function line(sql: string): ScriptLine {
  return { sql }
}

/** A text as SQL. */
export function textLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Rows of one transaction of a batched update: some hundred milliseconds of row locks. */
export const batchSize = 10_000

/** A file's text: headers, then statements; a file that needs no transaction says so first. */
export function renderScript(
  lines: readonly ScriptLine[],
  { dialect, headers }: { dialect: SqlDialect; headers: readonly string[] },
): string {
  // MySQL has no transactions around changes of structure, and its files are run statement by statement anyway.
  const outside = dialect !== 'mysql' && lines.some((each) => each.outside === true)
  const heads = [...(outside ? ['-- transaction: off'] : []), ...headers]
  const statements = lines.map(({ sql, repeat, note }) => {
    const comments = [...(note === undefined ? [] : [`-- ${note}`]), ...(repeat === true ? ['-- repeat'] : [])]
    return [...comments, `${sql};`].join('\n')
  })
  return [...heads, ...statements].join('\n') + '\n'
}

/** Tables in an order in which each can be dropped, and the foreign keys that have to go first because they form a circle. */
export function dropOrder(tables: readonly TableModel[]): { tables: TableModel[]; keys: { table: TableModel; key: ForeignKeyModel }[] } {
  const left = new Map(tables.map((table) => [table.key, table]))
  const ordered: TableModel[] = []
  const keys: { table: TableModel; key: ForeignKeyModel }[] = []
  const cut = new Set<string>()
  while (left.size > 0) {
    const pointedAt = new Set([...left.values()].filter(({ key }) => !cut.has(key)).flatMap((table) => foreignReferences(table)))
    const next = [...left.values()].find(({ key }) => !pointedAt.has(key))
    if (next) {
      ordered.push(next)
      left.delete(next.key)
      continue
    }
    const [first] = [...left.values()].filter(({ key }) => !cut.has(key))
    if (!first) break
    cut.add(first.key)
    keys.push(
      ...Object.values(first.foreignKeys).flatMap((key) =>
        left.has(key.references) && key.references !== first.key ? [{ table: first, key }] : [],
      ),
    )
  }
  return { tables: ordered, keys }
}

function foreignReferences(table: TableModel): string[] {
  return Object.values(table.foreignKeys).flatMap(({ references }) => (references === table.key ? [] : [references]))
}
