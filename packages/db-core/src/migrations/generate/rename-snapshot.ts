import type { SqlDialect } from '../files/sql-tokens.ts'
import { MigrationError } from '../store/migration-error.ts'
import { keyOf } from './read-model.ts'
import { qualifiedName, quoteName, replaceNames } from './schema-model.ts'
import type { Snapshot, SnapshotTable } from './snapshot.ts'

/** `users.phone:phone_number` renames a column, `users:accounts` a table. */
export interface Rename {
  /** The table's key in the snapshot, `public.users` or `users`. */
  readonly table: string
  /** Undefined when the table itself is renamed. */
  readonly column: string | undefined
  readonly from: string
  readonly to: string
}

const shape = /^([^:]+):([^:.]+)$/

/** Reads `--rename` flags against the snapshot whose things they rename; tables come first. @throws MigrationError for one that names nothing */
export function readRenames(flags: readonly string[], snapshot: Snapshot): Rename[] {
  const renames = flags.map((flag) => readRename(flag, snapshot))
  return [...renames.filter(({ column }) => column === undefined), ...renames.filter(({ column }) => column !== undefined)]
}

function readRename(flag: string, snapshot: Snapshot): Rename {
  const [, subject = '', to = ''] = shape.exec(flag) ?? []
  if (to === '') throw new MigrationError(`--rename ${flag}: write users.phone:phone_number or users:accounts.`, { exitCode: 64 })
  const table = tableCalled(subject, snapshot)
  if (table) return { table: table.key, column: undefined, from: table.table.name, to }
  const dot = subject.lastIndexOf('.')
  const [owner, column] = [tableCalled(subject.slice(0, dot), snapshot), subject.slice(dot + 1)]
  if (owner && Object.hasOwn(owner.table.columns, column)) return { table: owner.key, column, from: column, to }
  throw new MigrationError(`--rename ${flag}: the last snapshot has no ${subject}.`, { exitCode: 64 })
}

function tableCalled(name: string, snapshot: Snapshot): { key: string; table: SnapshotTable } | undefined {
  const found = Object.entries(snapshot.tables).find(([, table]) => keyOf(table) === name)
  return found && { key: found[0], table: found[1] }
}

/** The snapshot as it is after the renames alone, with everything in it that speaks of the renamed. */
export function renameIn(snapshot: Snapshot, renames: readonly Rename[]): Snapshot {
  return renames.toReversed().reduce(applyRename, snapshot)
}

function applyRename(snapshot: Snapshot, rename: Rename): Snapshot {
  const renamed = snapshot.tables[rename.table]
  if (renamed === undefined) return snapshot
  const taken = rename.column === undefined ? tableTaken(snapshot, rename, renamed) : Object.hasOwn(renamed.columns, rename.to)
  if (taken) throw new MigrationError(`--rename ${rename.from}:${rename.to}: there is a ${rename.to} already.`, { exitCode: 64 })
  const tables = Object.entries(snapshot.tables).map(([key, table]) => {
    const changed = repointKeys(key === rename.table ? renameInTable(table, rename) : table, { rename, renamed })
    return [key === rename.table && rename.column === undefined ? renamedKey(key, rename) : key, changed] as const
  })
  return { ...snapshot, tables: Object.fromEntries(tables) }
}

function tableTaken(snapshot: Snapshot, rename: Rename, renamed: SnapshotTable): boolean {
  return Object.values(snapshot.tables).some((table) => keyOf(table) === keyOf({ name: rename.to, schema: renamed.schema }))
}

function renamedKey(key: string, { to }: Rename): string {
  const dot = key.lastIndexOf('.')
  return key.slice(0, dot + 1) + to
}

function renameInTable(table: SnapshotTable, rename: Rename): SnapshotTable {
  const swap = (name: string): string => (name === rename.from ? rename.to : name)
  const inText = (text: string): string => replaceNames(text, (name) => (name === rename.from ? rename.to : undefined))
  const texts = withTexts(table, inText)
  if (rename.column === undefined) return { ...texts, name: rename.to }
  const columns = Object.values(texts.columns).map((column) => ({ ...column, name: swap(column.name) }))
  const lists = <T extends { columns: string[] }>(parts: Record<string, T>): Record<string, T> =>
    mapValues(parts, (part) => ({ ...part, columns: part.columns.map(swap) }))
  return {
    ...texts,
    columns: Object.fromEntries(columns.map((column) => [column.name, column])),
    indexes: mapValues(texts.indexes, (index) => ({
      ...index,
      columns: index.columns.map((column) => {
        if (typeof column === 'string') return swap(column)
        return column.isExpression ? column : { ...column, expression: swap(column.expression) }
      }),
    })),
    compositePrimaryKeys: lists(texts.compositePrimaryKeys),
    ...(texts.uniqueConstraints && { uniqueConstraints: lists(texts.uniqueConstraints) }),
    foreignKeys: mapValues(texts.foreignKeys, (key) => ({ ...key, columnsFrom: key.columnsFrom.map(swap) })),
  }
}

/** Conditions and expressions, where names in quotes are sure to be names; a bare word is left, and its part is made again. */
function withTexts(table: SnapshotTable, inText: (text: string) => string): SnapshotTable {
  const checks = (parts: SnapshotTable['checkConstraints']): SnapshotTable['checkConstraints'] =>
    parts && mapValues(parts, (check) => ({ ...check, value: inText(check.value) }))
  return {
    ...table,
    columns: mapValues(table.columns, (column) =>
      column.generated ? { ...column, generated: { ...column.generated, as: inText(column.generated.as) } } : column,
    ),
    indexes: mapValues(table.indexes, (index) => ({
      ...index,
      columns: index.columns.map((column) => {
        if (typeof column === 'string') return inText(column)
        return column.isExpression ? { ...column, expression: inText(column.expression) } : column
      }),
      ...(index.where !== undefined && { where: inText(index.where) }),
    })),
    ...(table.checkConstraint && { checkConstraint: checks(table.checkConstraint) }),
    ...(table.checkConstraints && { checkConstraints: checks(table.checkConstraints) }),
  }
}

function repointKeys(table: SnapshotTable, { rename, renamed }: { rename: Rename; renamed: SnapshotTable }): SnapshotTable {
  const foreignKeys = mapValues(table.foreignKeys, (key) => {
    const own = { ...key, tableFrom: table.name }
    const pointsAtIt = keyOf({ name: key.tableTo, schema: key.schemaTo ?? '' }) === keyOf(renamed)
    if (!pointsAtIt) return own
    if (rename.column === undefined) return { ...own, tableTo: rename.to }
    return { ...own, columnsTo: key.columnsTo.map((name) => (name === rename.from ? rename.to : name)) }
  })
  return { ...table, foreignKeys }
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))
}

export interface RenameStatements {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

/** RENAME in both directions, with the sequences and keys that PostgreSQL names after a table. */
export function renameStatements(
  dialect: SqlDialect,
  { renames, snapshot }: { renames: readonly Rename[]; snapshot: Snapshot },
): RenameStatements {
  // Columns first, while the table has its old name.
  const ordered = renames.toReversed()
  const steps = ordered.flatMap((rename) => stepsOf(dialect, { rename, renames, snapshot }))
  return { up: steps.map(({ up }) => up), down: steps.toReversed().map(({ down }) => down) }
}

interface Step {
  readonly up: string
  readonly down: string
}

function stepsOf(dialect: SqlDialect, input: { rename: Rename; renames: readonly Rename[]; snapshot: Snapshot }): Step[] {
  const { rename, renames, snapshot } = input
  const table = snapshot.tables[rename.table]
  if (table === undefined) return []
  const [from, to] = [quoteName(dialect, rename.from), quoteName(dialect, rename.to)]
  const schema = table.schema ?? ''
  const name = qualifiedName(dialect, { name: table.name, schema })
  const implied = dialect === 'postgres' ? impliedNames({ rename, renames, table, schema }) : []
  if (rename.column !== undefined)
    return [
      { up: `ALTER TABLE ${name} RENAME COLUMN ${from} TO ${to}`, down: `ALTER TABLE ${name} RENAME COLUMN ${to} TO ${from}` },
      ...implied,
    ]
  const renamed = qualifiedName(dialect, { name: rename.to, schema })
  return [{ up: `ALTER TABLE ${name} RENAME TO ${to}`, down: `ALTER TABLE ${renamed} RENAME TO ${from}` }, ...implied]
}

/** `users_pkey` and `users_id_seq`, which a table made anew would have under its new name. */
function impliedNames(input: { rename: Rename; renames: readonly Rename[]; table: SnapshotTable; schema: string }): Step[] {
  const { rename, renames, table, schema } = input
  const columns = Object.values(table.columns)
  const renamed = (column: string): string => renames.find((other) => other.table === rename.table && other.column === column)?.to ?? column
  const sequences = columns.filter(({ type, name }) => type.endsWith('serial') && (rename.column === undefined || rename.column === name))
  const [oldTable, newTable] = [table.name, rename.column === undefined ? rename.to : table.name]
  const steps = sequences.map(({ name }) => {
    const oldColumn = rename.column === undefined ? renamed(name) : name
    return renameObject('SEQUENCE', { schema, from: `${oldTable}_${oldColumn}_seq`, to: `${newTable}_${renamed(name)}_seq` })
  })
  const hasKey = rename.column === undefined && columns.some(({ primaryKey }) => primaryKey)
  return hasKey ? [...steps, renameObject('INDEX', { schema, from: `${oldTable}_pkey`, to: `${newTable}_pkey` })] : steps
}

function renameObject(kind: 'SEQUENCE' | 'INDEX', { schema, from, to }: { schema: string; from: string; to: string }): Step {
  const line = (name: string, other: string): string =>
    `ALTER ${kind} ${qualifiedName('postgres', { name, schema })} RENAME TO ${quoteName('postgres', other)}`
  return { up: line(from, to), down: line(to, from) }
}
