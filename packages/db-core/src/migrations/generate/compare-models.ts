import {
  type ColumnModel,
  type EnumModel,
  type ForeignKeyModel,
  type IndexModel,
  mentions,
  type PartModel,
  type PrimaryKeyModel,
  type SchemaModel,
  type TableModel,
  type ViewModel,
} from './schema-model.ts'

export interface Changes<T> {
  readonly dropped: readonly T[]
  readonly added: readonly T[]
}

export interface ColumnChange {
  readonly before: ColumnModel
  readonly after: ColumnModel
  /** Its values become values of another type, or of an enum that is made anew. */
  readonly retyped: boolean
}

/** What becomes of a table that is there before and after. */
export interface TableDifference {
  readonly before: TableModel
  readonly after: TableModel
  readonly columns: Changes<ColumnModel> & { readonly changed: readonly ColumnChange[] }
  readonly primaryKey: Changes<PrimaryKeyModel>
  readonly indexes: Changes<IndexModel>
  readonly uniques: Changes<PartModel>
  readonly checks: Changes<PartModel>
  readonly foreignKeys: Changes<ForeignKeyModel>
}

export interface ModelDifference {
  readonly before: SchemaModel
  readonly after: SchemaModel
  readonly tables: Changes<TableModel> & { readonly changed: readonly TableDifference[] }
  readonly enums: Changes<EnumModel> & { readonly changed: readonly { readonly before: EnumModel; readonly after: EnumModel }[] }
  readonly views: Changes<ViewModel>
}

/** What has to be done to come from one to the other, including what only stands in the way and is made again. */
export function compareModels(before: SchemaModel, after: SchemaModel): ModelDifference {
  const shared = Object.values(after.tables).flatMap((table) => {
    const old = before.tables[table.key]
    return old ? [{ before: old, after: table }] : []
  })
  const rebuiltEnums = new Set(changedEnums(before, after).flatMap((change) => (isExtension(change) ? [] : [change.after.key])))
  const columns = new Map(shared.map((pair) => [pair.after.key, compareColumns(pair, rebuiltEnums)]))
  const disturbed = disturbances(shared, columns)
  const changed = shared.map((pair) => {
    const ofTable = columns.get(pair.after.key) ?? { dropped: [], added: [], changed: [] }
    return compareTables(pair, { columns: ofTable, disturbed })
  })
  const tables = { ...listChanges(before.tables, after.tables), changed: changed.filter(isDifferent) }
  const enums = { ...listChanges(before.enums, after.enums), changed: changedEnums(before, after) }
  return { before, after, tables, enums, views: compareViews({ before, after, changed: tables.changed, dropped: tables.dropped }) }
}

/** True when new values are all that was added, and the old ones keep their order. */
export function isExtension({ before, after }: { before: EnumModel; after: EnumModel }): boolean {
  return after.values.filter((value) => before.values.includes(value)).join('\n') === before.values.join('\n')
}

function changedEnums(before: SchemaModel, after: SchemaModel): { before: EnumModel; after: EnumModel }[] {
  return Object.values(after.enums).flatMap((type) => {
    const old = before.enums[type.key]
    return old && JSON.stringify(old.values) !== JSON.stringify(type.values) ? [{ before: old, after: type }] : []
  })
}

function listChanges<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): Changes<T> {
  const missing = (from: Readonly<Record<string, T>>, among: Readonly<Record<string, T>>): T[] =>
    Object.entries(from).flatMap(([key, thing]) => (Object.hasOwn(among, key) ? [] : [thing]))
  return { dropped: missing(before, after), added: missing(after, before) }
}

interface TablePair {
  readonly before: TableModel
  readonly after: TableModel
}

type ColumnChanges = TableDifference['columns']

function compareColumns({ before, after }: TablePair, rebuiltEnums: ReadonlySet<string>): ColumnChanges {
  const { dropped, added } = listChanges(before.columns, after.columns)
  const pairs = Object.values(after.columns).flatMap((column) => {
    const old = before.columns[column.name]
    if (old === undefined) return []
    const rebuilt = column.enumKey !== undefined && rebuiltEnums.has(column.enumKey)
    if (!rebuilt && JSON.stringify(old) === JSON.stringify(column)) return []
    return [{ before: old, after: column, retyped: rebuilt || old.type !== column.type }]
  })
  // What is computed is computed again: there is nothing to lose and no other way on most servers.
  const recomputed = pairs.filter(isRecomputed)
  return {
    dropped: [...dropped, ...recomputed.map((pair) => pair.before)],
    added: [...added, ...recomputed.map((pair) => pair.after)],
    changed: pairs.filter((pair) => !isRecomputed(pair)),
  }
}

function isRecomputed({ before, after }: ColumnChange): boolean {
  return before.generated !== undefined && after.generated !== undefined
}

/** Which columns of a table change so that what depends on them has to be dropped before and made again after. */
interface Disturbances {
  /** By table: columns of another type. */
  readonly retyped: ReadonlyMap<string, readonly string[]>
  /** By table: columns that are dropped and added again. */
  readonly replaced: ReadonlyMap<string, readonly string[]>
  /** By table: the columns of primary keys, unique constraints and indexes that are dropped. */
  readonly unkeyed: ReadonlyMap<string, readonly (readonly string[])[]>
}

function disturbances(shared: readonly TablePair[], columns: ReadonlyMap<string, ColumnChanges>): Disturbances {
  const retyped = new Map<string, string[]>()
  const replaced = new Map<string, string[]>()
  const unkeyed = new Map<string, (readonly string[])[]>()
  for (const pair of shared) {
    const changes = columns.get(pair.after.key)
    const added = new Set(changes?.added.map(({ name }) => name))
    retyped.set(pair.after.key, changes?.changed.filter(({ retyped: other }) => other).map(({ after }) => after.name) ?? [])
    replaced.set(pair.after.key, changes?.dropped.map(({ name }) => name).filter((name) => added.has(name)) ?? [])
    unkeyed.set(pair.after.key, droppedKeys(pair))
  }
  return { retyped, replaced, unkeyed }
}

function droppedKeys({ before, after }: TablePair): (readonly string[])[] {
  const keys = (table: TableModel): Record<string, { columns: readonly string[]; definition: string }> => ({
    ...table.indexes,
    ...table.uniques,
    ...(table.primaryKey && { 'primary key': { columns: table.primaryKey.columns, definition: table.primaryKey.columns.join('\n') } }),
  })
  const kept = keys(after)
  return Object.entries(keys(before)).flatMap(([name, key]) => (kept[name]?.definition === key.definition ? [] : [key.columns]))
}

function compareTables(pair: TablePair, { columns, disturbed }: { columns: ColumnChanges; disturbed: Disturbances }): TableDifference {
  const { before, after } = pair
  const retyped = disturbed.retyped.get(after.key) ?? []
  const replaced = disturbed.replaced.get(after.key) ?? []
  const says = (part: PartModel, names: readonly string[]): boolean => names.some((name) => mentions(part.definition, name))
  return {
    before,
    after,
    columns,
    primaryKey: compareKeys(before.primaryKey, after.primaryKey),
    indexes: compareParts(before.indexes, after.indexes, (part) => says(part, replaced) || (part.expression && says(part, retyped))),
    uniques: compareParts(before.uniques, after.uniques, (part) => says(part, replaced)),
    checks: compareParts(before.checks, after.checks, (part) => says(part, [...retyped, ...replaced])),
    foreignKeys: compareParts(before.foreignKeys, after.foreignKeys, (part) => isDisturbed(part, { table: after, disturbed })),
  }
}

function compareKeys(before: PrimaryKeyModel | undefined, after: PrimaryKeyModel | undefined): Changes<PrimaryKeyModel> {
  if (JSON.stringify(before) === JSON.stringify(after)) return { dropped: [], added: [] }
  return { dropped: before ? [before] : [], added: after ? [after] : [] }
}

function compareParts<T extends PartModel>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
  inTheWay: (part: T) => boolean,
): Changes<T> {
  const stays = (part: T, other: T | undefined): boolean =>
    other !== undefined && JSON.stringify(other) === JSON.stringify(part) && !inTheWay(part)
  return {
    dropped: Object.values(before).filter((part) => !stays(part, after[part.name])),
    added: Object.values(after).filter((part) => !stays(part, before[part.name])),
  }
}

/** A foreign key stands in the way when a column of either side changes its type, or a key that it leans on goes. */
function isDisturbed(key: ForeignKeyModel, { table, disturbed }: { table: TableModel; disturbed: Disturbances }): boolean {
  const ends = [
    { table: table.key, columns: key.columns },
    { table: key.references, columns: key.referencedColumns },
  ]
  return ends.some((end) => {
    const touched = [...(disturbed.retyped.get(end.table) ?? []), ...(disturbed.replaced.get(end.table) ?? [])]
    const leading = disturbed.unkeyed.get(end.table)?.some((columns) => columns.includes(end.columns[0] ?? ''))
    return leading === true || end.columns.some((column) => touched.includes(column))
  })
}

function isDifferent({ columns, primaryKey, indexes, uniques, checks, foreignKeys }: TableDifference): boolean {
  const parts: readonly Changes<unknown>[] = [columns, primaryKey, indexes, uniques, checks, foreignKeys]
  return columns.changed.length > 0 || parts.some(({ dropped, added }) => dropped.length + added.length > 0)
}

/** A view holds on to what it reads: when a column goes or changes, all views are made again. */
function compareViews(input: {
  before: SchemaModel
  after: SchemaModel
  changed: readonly TableDifference[]
  dropped: readonly TableModel[]
}): Changes<ViewModel> {
  const { before, after, changed, dropped } = input
  const rebuilds = before.dialect === 'sqlite' ? changed.length > 0 : false
  const shaken = rebuilds || dropped.length > 0 || changed.some(({ columns }) => columns.dropped.length + columns.changed.length > 0)
  const stays = (view: ViewModel, others: readonly ViewModel[]): boolean =>
    !shaken && others.some((other) => other.key === view.key && other.definition === view.definition)
  return {
    dropped: before.views.filter((view) => !stays(view, after.views)).toReversed(),
    added: after.views.filter((view) => !stays(view, before.views)),
  }
}
