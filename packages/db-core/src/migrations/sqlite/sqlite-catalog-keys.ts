import { describe, groupBy, type Fact } from '../catalog/fact.ts'
import type { TableText } from './sqlite-table-text.ts'

/** A row of a pragma, or of the table of objects. */
export type CatalogRow = Readonly<Record<string, unknown>>

/** From `pragma foreign_key_list`; they have no names that mean anything, so their columns and their target name them. */
export function foreignKeyFacts(
  rows: readonly CatalogRow[],
  columns: readonly CatalogRow[],
  texts: ReadonlyMap<string, TableText>,
): Fact[] {
  const keys = groupBy(rows, (row) => `${String(row['of_table'])} ${String(row['id'])}`)
  return keys.map(([, parts]) => foreignKeyFact(parts.toSorted(bySequence), columns, texts))
}

function foreignKeyFact(parts: readonly CatalogRow[], columns: readonly CatalogRow[], texts: ReadonlyMap<string, TableText>): Fact {
  const [first = {}] = parts
  const [table, target] = [String(first['of_table']), String(first['table'])]
  const from = parts.map((row) => String(row['from']))
  const to = first['to'] === null ? primaryKeyOf(target, columns) : parts.map((row) => String(row['to']))
  const deferred = texts.get(table)?.deferred.has(from.join(',').toLowerCase()) === true && 'deferred'
  const actions = `on update ${String(first['on_update'])} on delete ${String(first['on_delete'])}`.toLowerCase()
  return [`foreign key ${table} (${from.join(', ')}) to ${target} (${to.join(', ')})`, describe(actions, deferred)]
}

function bySequence(one: CatalogRow, other: CatalogRow): number {
  return Number(one['seq'] ?? one['seqno']) - Number(other['seq'] ?? other['seqno'])
}

/** What a reference without columns means. */
function primaryKeyOf(table: string, columns: readonly CatalogRow[]): string[] {
  return columns
    .filter((row) => String(row['of_table']).toLowerCase() === table.toLowerCase() && Number(row['pk']) > 0)
    .toSorted((one, other) => Number(one['pk']) - Number(other['pk']))
    .map(({ name }) => String(name))
}

/** Unique constraints, whether said of a column or of the table: SQLite numbers their indexes, which says nothing. */
export function uniqueFacts(rows: readonly CatalogRow[]): Fact[] {
  return groupBy(rows, (row) => String(row['of_index'])).map(([, parts]) => {
    const list = parts.toSorted(bySequence)
    const collations = list.map(({ coll }) => String(coll).toLowerCase())
    const names = list.map(({ name }) => String(name)).join(', ')
    return [`unique ${String(list[0]?.['of_table'])} (${names})`, `collate ${collations.join(', ')}`]
  })
}
