import { isExtension, type ModelDifference, type TableDifference } from './compare-models.ts'
import { addColumn, alterColumn, columnDefinition } from './postgres-columns.ts'
import { listOf } from './read-model.ts'
import { type EnumModel, type IndexModel, type PartModel, qualifiedName, quoteName, type TableModel } from './schema-model.ts'
import { dropOrder, line, type ScriptLine, textLiteral, type WriterInput } from './script.ts'

const quoted = (name: string): string => quoteName('postgres', name)
const nameOf = (thing: { name: string; schema: string }): string => qualifiedName('postgres', thing)
const alter = (table: TableModel): string => `ALTER TABLE ${nameOf(table)}`

/** SQL from one model to the other for PostgreSQL; what stands in the way goes first, and tables that hold rows are not blocked. */
export function writePostgres(difference: ModelDifference, input: WriterInput): ScriptLine[] {
  const { tables, enums } = difference
  const renamed = new Map(tables.changed.map((table) => [table.after.key, renamedParts(table)]))
  const each = (write: (table: TableDifference, renamed: Renamed) => ScriptLine[]): ScriptLine[] =>
    tables.changed.flatMap((table) => write(table, renamed.get(table.after.key) ?? noneRenamed))
  const dropped = dropOrder(tables.dropped)
  const rebuilt = enums.changed.filter((change) => !isExtension(change))
  return [
    ...each(dropForeignKeys),
    ...each(dropParts),
    ...dropped.keys.map(({ table, key }) => line(`${alter(table)} DROP CONSTRAINT ${quoted(key.name)}`)),
    ...dropped.tables.map((table) => line(`DROP TABLE ${nameOf(table)}`)),
    ...each(({ after, columns }) => columns.dropped.map(({ name }) => line(`${alter(after)} DROP COLUMN ${quoted(name)}`))),
    ...enums.added.map(createEnum),
    ...enums.changed.flatMap((change) => (isExtension(change) ? extendEnum(change) : [])),
    ...rebuilt.flatMap(({ before, after }) => [
      line(`ALTER TYPE ${nameOf(before)} RENAME TO ${quoted(`${before.name}__old`)}`),
      createEnum(after),
    ]),
    ...each((table) => table.columns.changed.flatMap((change) => alterColumn(table.after, { change, difference, input }))),
    ...rebuilt.map(({ before }) => line(`DROP TYPE ${nameOf({ name: `${before.name}__old`, schema: before.schema })}`)),
    ...tables.added.map(createTable),
    ...each(({ after, columns }) => columns.added.flatMap((column) => addColumn(after, { column, input }))),
    ...each((_, { lines }) => [...lines]),
    ...each(addParts),
    ...tables.added.flatMap((table) => Object.values(table.indexes).map((index) => createIndex(table, { index, concurrently: false }))),
    ...tables.added.flatMap((table) => Object.values(table.foreignKeys).map((key) => line(addConstraint(table, key)))),
    ...each(addForeignKeys),
    ...enums.dropped.map((type) => line(`DROP TYPE ${nameOf(type)}`)),
  ]
}

interface Renamed {
  readonly lines: readonly ScriptLine[]
  readonly old: ReadonlySet<string>
  readonly fresh: ReadonlySet<string>
}

const noneRenamed: Renamed = { lines: [], old: new Set(), fresh: new Set() }

/** A part that differs by its name alone keeps what it is. */
function renamedParts({ after, indexes, uniques, checks, foreignKeys, primaryKey, columns }: TableDifference): Renamed {
  const rebuilt = columns.changed.some(({ retyped }) => retyped) || columns.dropped.length > 0
  if (rebuilt) return noneRenamed
  const keyed = { dropped: primaryKey.dropped.map(keyPart), added: primaryKey.added.map(keyPart) }
  const constraints = [uniques, checks, foreignKeys, keyed].flatMap((changes) => pairsByDefinition(changes))
  const moved = pairsByDefinition({ dropped: indexes.dropped.map(indexPart), added: indexes.added.map(indexPart) })
  const schema = { schema: after.schema }
  const lines = [
    ...constraints.map(([old, fresh]) => line(`${alter(after)} RENAME CONSTRAINT ${quoted(old)} TO ${quoted(fresh)}`)),
    ...moved.map(([old, fresh]) => line(`ALTER INDEX ${nameOf({ name: old, ...schema })} RENAME TO ${quoted(fresh)}`)),
  ]
  const pairs = [...constraints, ...moved]
  return { lines, old: new Set(pairs.map(([old]) => old)), fresh: new Set(pairs.map(([, fresh]) => fresh)) }
}

type Named = Pick<PartModel, 'name' | 'definition'>

const keyPart = ({ name, columns }: { name: string; columns: readonly string[] }): Named => ({ name, definition: columns.join('\n') })
const indexPart = ({ name, definition, unique }: { name: string; definition: string; unique: boolean }): Named => ({
  name,
  definition: `${unique} ${definition}`,
})

function pairsByDefinition({ dropped, added }: { dropped: readonly Named[]; added: readonly Named[] }): (readonly [string, string])[] {
  const free = new Map(added.map((part) => [part.name, part]))
  return dropped.flatMap((part) => {
    if (free.has(part.name)) return []
    const twin = [...free.values()].find(
      ({ name, definition }) => definition === part.definition && !dropped.some((other) => other.name === name),
    )
    if (!twin) return []
    free.delete(twin.name)
    return [[part.name, twin.name] as const]
  })
}

function dropForeignKeys({ after, foreignKeys }: TableDifference, { old }: Renamed): ScriptLine[] {
  return foreignKeys.dropped.filter(({ name }) => !old.has(name)).map(({ name }) => line(`${alter(after)} DROP CONSTRAINT ${quoted(name)}`))
}

function dropParts({ after, primaryKey, indexes, uniques, checks }: TableDifference, { old }: Renamed): ScriptLine[] {
  const constraints = [...uniques.dropped, ...checks.dropped, ...primaryKey.dropped].filter(({ name }) => !old.has(name))
  return [
    ...indexes.dropped
      .filter(({ name }) => !old.has(name))
      .map(({ name }) => ({ sql: `DROP INDEX CONCURRENTLY ${nameOf({ name, schema: after.schema })}`, outside: true })),
    ...constraints.map(({ name }) => line(`${alter(after)} DROP CONSTRAINT ${quoted(name)}`)),
  ]
}

function createEnum(type: EnumModel): ScriptLine {
  return line(`CREATE TYPE ${nameOf(type)} AS ENUM (${type.values.map(textLiteral).join(', ')})`)
}

/** A new value cannot be used before the transaction that adds it has ended. */
function extendEnum({ before, after }: { before: EnumModel; after: EnumModel }): ScriptLine[] {
  return after.values.flatMap((value, position) => {
    if (before.values.includes(value)) return []
    const next = after.values.slice(position + 1).find((other) => before.values.includes(other))
    const place = next === undefined ? '' : ` BEFORE ${textLiteral(next)}`
    return [{ sql: `ALTER TYPE ${nameOf(after)} ADD VALUE ${textLiteral(value)}${place}`, outside: true }]
  })
}

function createTable(table: TableModel): ScriptLine {
  const { primaryKey } = table
  const parts = [
    ...Object.values(table.columns).map((column) => columnDefinition(table, column)),
    ...(primaryKey ? [`CONSTRAINT ${quoted(primaryKey.name)} PRIMARY KEY ${listOf('postgres', primaryKey.columns)}`] : []),
    ...[...Object.values(table.uniques), ...Object.values(table.checks)].map(
      (part) => `CONSTRAINT ${quoted(part.name)} ${part.definition}`,
    ),
  ]
  return line(`CREATE TABLE ${nameOf(table)} (\n  ${parts.join(',\n  ')}\n)`)
}

function addParts({ after, primaryKey, indexes, uniques, checks }: TableDifference, { fresh }: Renamed): ScriptLine[] {
  const isNew = ({ name }: { name: string }): boolean => !fresh.has(name)
  const keys = [
    ...primaryKey.added.map(({ name, columns }) => ({ name, kind: 'PRIMARY KEY', definition: listOf('postgres', columns) })),
    ...uniques.added.map(({ name, columns, definition }) => ({
      name,
      kind: 'UNIQUE',
      definition: `${listOf('postgres', columns)}${definition.includes(' NULLS NOT DISTINCT') ? ' NULLS NOT DISTINCT' : ''}`,
    })),
  ]
  return [
    ...keys
      .filter(isNew)
      .flatMap(({ name, kind, definition }) => [
        { sql: `CREATE UNIQUE INDEX CONCURRENTLY ${quoted(name)} ON ${nameOf(after)} ${definition}`, outside: true },
        line(`${alter(after)} ADD CONSTRAINT ${quoted(name)} ${kind} USING INDEX ${quoted(name)}`),
      ]),
    ...checks.added.filter(isNew).flatMap((check) => addValidated(after, check)),
    ...indexes.added.filter(isNew).map((index) => createIndex(after, { index, concurrently: true })),
  ]
}

function addForeignKeys({ after, foreignKeys }: TableDifference, { fresh }: Renamed): ScriptLine[] {
  return foreignKeys.added.filter(({ name }) => !fresh.has(name)).flatMap((key) => addValidated(after, key))
}

/** Two steps: the rule holds for new rows at once, and old rows are read without stopping anyone. */
function addValidated(table: TableModel, part: PartModel): ScriptLine[] {
  return [
    { sql: `${addConstraint(table, part)} NOT VALID`, outside: true },
    line(`${alter(table)} VALIDATE CONSTRAINT ${quoted(part.name)}`),
  ]
}

function addConstraint(table: TableModel, part: PartModel): string {
  return `${alter(table)} ADD CONSTRAINT ${quoted(part.name)} ${part.definition}`
}

function createIndex(table: TableModel, { index, concurrently }: { index: IndexModel; concurrently: boolean }): ScriptLine {
  const words = ['CREATE', ...(index.unique ? ['UNIQUE'] : []), 'INDEX', ...(concurrently ? ['CONCURRENTLY'] : [])]
  const sql = `${words.join(' ')} ${quoted(index.name)} ON ${nameOf(table)} ${index.definition}`
  // What Drizzle's desc() means is not what ORDER BY … DESC asks for.
  const note = index.definition.includes(' DESC NULLS LAST')
    ? 'ORDER BY … DESC cannot use DESC NULLS LAST: say desc().nullsFirst() if it shall.'
    : undefined
  return { sql, note, outside: concurrently }
}
