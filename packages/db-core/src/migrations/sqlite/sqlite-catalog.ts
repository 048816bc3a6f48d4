import type { Catalog } from '../catalog/catalog.ts'
import { describe, groupBy, type Fact } from '../catalog/fact.ts'
import type { MigrationSession } from '../sql/migration-session.ts'
import { foreignKeyFacts, uniqueFacts, type CatalogRow } from './sqlite-catalog-keys.ts'
import { parseTableText, type TableText } from './sqlite-table-text.ts'
import { canonicalSql } from './sqlite-text.ts'

/** The structure of a SQLite database: what its pragmas tell, and from the texts of its definitions what they alone do. */
export async function readSqliteCatalog(session: MigrationSession): Promise<Catalog> {
  const objects = await session.rows(`select type, name, sql from sqlite_schema where sql is not null and tbl_name ${notOurs}`)
  const tables = await session.rows(
    `select name, type, wr, strict from pragma_table_list where schema = 'main' and name not glob 'sqlite_*' and name ${notOurs}`,
  )
  const ordinary = tables.filter(({ type }) => type === 'table')
  const texts = new Map(ordinary.map(({ name }) => [String(name), parseTableText(textOf(objects, name))]))
  const columns = await rowsOfTables(session, 'pragma_table_xinfo(t.name)')
  const facts = [
    ...ordinary.map(tableFact),
    ...[...texts].flatMap(([table, text]) => textFacts(table, text)),
    ...columns.filter(isOf(texts)).map((row) => columnFact(row, texts.get(String(row['of_table'])))),
    ...primaryKeyFacts(columns.filter(isOf(texts)), texts),
    ...foreignKeyFacts(await rowsOfTables(session, 'pragma_foreign_key_list(t.name)'), columns, texts),
    ...uniqueFacts(
      await rowsOfTables(session, `pragma_index_list(t.name) l join pragma_index_xinfo(l.name)`, "where l.origin = 'u' and x.key = 1"),
    ),
    ...objects.filter(({ name, type }) => type !== 'table' || isVirtual(tables, name)).map(objectFact),
  ]
  return Object.fromEntries(facts.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

const notOurs = "not in ('polystore_migrations', 'polystore_migration_history', 'polystore_catalog')"

/** The rows of a pragma for every table, as `of_table` tells. */
function rowsOfTables(session: MigrationSession, pragma: string, where = ''): Promise<Record<string, unknown>[]> {
  const tables = `(select name from sqlite_schema where type = 'table' and name ${notOurs})`
  const index = pragma.includes(' l join') ? ', l.name as of_index' : ''
  return session.rows(`select t.name as of_table${index}, x.* from ${tables} t join ${pragma} x ${where}`)
}

function isOf(tables: ReadonlyMap<string, TableText>): (row: CatalogRow) => boolean {
  return (row) => tables.has(String(row['of_table']))
}

function textOf(objects: readonly CatalogRow[], table: unknown): string {
  const { sql } = objects.find(({ type, name }) => type === 'table' && name === table) ?? {}
  return typeof sql === 'string' ? sql : ''
}

function isVirtual(tables: readonly CatalogRow[], name: unknown): boolean {
  return tables.some((table) => table['name'] === name && table['type'] === 'virtual')
}

function tableFact({ name, wr, strict }: CatalogRow): Fact {
  return [`table ${String(name)}`, describe(strict === 1 && 'strict', wr === 1 && 'without rowid') || 'plain']
}

function textFacts(table: string, { checks, conflicts }: TableText): Fact[] {
  return [
    ...checks.map(({ name, expression }) => [`check ${table}${name === undefined ? ` (${expression})` : `.${name}`}`, expression] as const),
    ...conflicts.map((clause) => [`conflict clause ${table} ${clause}`, 'present'] as const),
  ]
}

function columnFact(row: CatalogRow, text: TableText | undefined): Fact {
  const key = String(row['name']).toLowerCase()
  const collation = text?.collations.get(key)
  const generated = text?.generated.get(key)
  const description = describe(
    typeOf(row) || 'any type',
    row['notnull'] === 1 && 'not null',
    typeof row['dflt_value'] === 'string' && `default ${canonicalSql(row['dflt_value'])}`,
    collation !== undefined && collation !== 'binary' && `collate ${collation}`,
    generated !== undefined && `as (${generated}) ${row['hidden'] === 3 ? 'stored' : 'virtual'}`,
  )
  return [`column ${String(row['of_table'])}.${String(row['name'])}`, description]
}

function typeOf(row: CatalogRow): string {
  return canonicalSql(String(row['type']))
    .toLowerCase()
    .replace(/ ?generated always$/, '')
}

function primaryKeyFacts(columns: readonly CatalogRow[], texts: ReadonlyMap<string, TableText>): Fact[] {
  const keys = columns.filter(({ pk }) => Number(pk) > 0).toSorted((one, other) => Number(one['pk']) - Number(other['pk']))
  return groupBy(keys, (row) => String(row['of_table'])).map(([table, parts]) => {
    const list = parts.map(({ name }) => String(name)).join(', ')
    return [`primary key ${table}`, describe(`(${list})`, texts.get(table)?.autoincrement === true && 'autoincrement')]
  })
}

/** Indexes, views, triggers and virtual tables are nothing but their text. */
function objectFact({ type, name, sql }: CatalogRow): Fact {
  return [`${type === 'table' ? 'virtual table' : String(type)} ${String(name)}`, canonicalSql(String(sql))]
}
