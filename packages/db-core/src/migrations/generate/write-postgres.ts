import { createHash } from 'node:crypto'
import { type ColumnChange, isExtension, type ModelDifference, type TableDifference } from './compare-models.ts'
import { fillOf, isLiteral } from './fills.ts'
import { listOf } from './read-model.ts'
import { type ColumnModel, type EnumModel, mentions, type PartModel, qualifiedName, quoteName, type TableModel } from './schema-model.ts'
import { batchSize, dropOrder, line, type ScriptLine, type WriterInput } from './script.ts'

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
    ...tables.added.flatMap((table) =>
      Object.values(table.indexes).map((index) => line(createIndex(table, { index, concurrently: false }))),
    ),
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

function textLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
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

interface Alteration {
  readonly change: ColumnChange
  readonly difference: ModelDifference
  readonly input: WriterInput
}

function alterColumn(table: TableModel, { change, difference, input }: Alteration): ScriptLine[] {
  const { before, after, retyped } = change
  const column = `${alter(table)} ALTER COLUMN ${quoted(after.name)}`
  const redefault = retyped || before.default !== after.default
  return [
    ...(redefault && before.default !== undefined ? [line(`${column} DROP DEFAULT`)] : []),
    ...(before.notNull && !after.notNull ? [line(`${column} DROP NOT NULL`)] : []),
    ...(retyped ? retype(table, { change, difference, input }) : []),
    ...(redefault && after.default !== undefined ? [line(`${column} SET DEFAULT ${after.default}`)] : []),
    ...renameSequence(table, change),
    ...(!before.notNull && after.notNull ? requireColumn(table, { column: after, input }) : []),
  ]
}

function renameSequence(table: TableModel, { before, after }: ColumnChange): ScriptLine[] {
  const [old, fresh] = [before.identity?.sequence, after.identity?.sequence]
  if (old === undefined || fresh === undefined || old === fresh) return []
  return [line(`ALTER SEQUENCE ${nameOf({ name: old, schema: table.schema })} RENAME TO ${quoted(fresh)}`)]
}

function retype(table: TableModel, { change, difference, input }: Alteration): ScriptLine[] {
  const { before, after } = change
  const name = quoted(after.name)
  const fill = input.fills.get(`${table.key}.${after.name}`)
  const values = after.enumKey === undefined ? undefined : difference.after.enums[after.enumKey]?.values
  const known = values && !after.type.endsWith(']') ? values.map(textLiteral).join(', ') : undefined
  const replace = fill !== undefined && known !== undefined && before.enumKey !== undefined
  return [
    ...(replace ? [line(`UPDATE ${nameOf(table)} SET ${name} = ${fill} WHERE ${name}::text NOT IN (${known})`)] : []),
    line(`${alter(table)} ALTER COLUMN ${name} TYPE ${after.type}${usingOf(before, after)}`),
  ]
}

const assignable = [
  /^(?:text|varchar|char|character)\b/,
  /^(?:smallint|integer|bigint|numeric|real|double precision)\b/,
  /^(?:date|timestamp)\b/,
]

/** An explicit cast cuts texts that are too long, where the implicit one refuses them; so it is written only where there is no other. */
function usingOf(before: ColumnModel, after: ColumnModel): string {
  const implicit = assignable.some(
    (family) => family.test(before.type) && family.test(after.type) && !before.type.endsWith(']') && !after.type.endsWith(']'),
  )
  if (implicit) return ''
  const dimensions = /(\[\d*\])*$/.exec(after.type)?.[0] ?? ''
  const through = before.enumKey === undefined && after.enumKey === undefined ? '' : `::text${dimensions}`
  return ` USING ${quoted(after.name)}${through}::${after.type}`
}

/** SET NOT NULL reads the whole table under a lock that stops everyone, unless a validated check has shown it before. */
function requireColumn(table: TableModel, { column, input }: { column: ColumnModel; input: WriterInput }): ScriptLine[] {
  const name = quoted(column.name)
  const proof = quoted(shortName(`${table.name}_${column.name}_is_set`))
  const fill = fillOf(input.fills, { table, column })
  return [
    ...(fill === undefined ? [] : [fillRows(table, { name, fill })]),
    { sql: `${alter(table)} ADD CONSTRAINT ${proof} CHECK (${name} IS NOT NULL) NOT VALID`, outside: true },
    line(`${alter(table)} VALIDATE CONSTRAINT ${proof}`),
    line(`${alter(table)} ALTER COLUMN ${name} SET NOT NULL`),
    line(`${alter(table)} DROP CONSTRAINT ${proof}`),
  ]
}

function fillRows(table: TableModel, { name, fill }: { name: string; fill: string }): ScriptLine {
  const batch = `SELECT ctid FROM ${nameOf(table)} WHERE ${name} IS NULL LIMIT ${batchSize}`
  return { sql: `UPDATE ${nameOf(table)} SET ${name} = ${fill} WHERE ctid = ANY (ARRAY(${batch}))`, repeat: true, outside: true }
}

/** PostgreSQL cuts longer names silently. */
function shortName(name: string): string {
  return Buffer.byteLength(name) <= 63 ? name : `is_set_${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
}

function addColumn(table: TableModel, { column, input }: { column: ColumnModel; input: WriterInput }): ScriptLine[] {
  const add = (definition: ColumnModel): ScriptLine => line(`${alter(table)} ADD COLUMN ${columnDefinition(table, definition)}`)
  const needsFill = column.notNull && column.default === undefined && column.generated === undefined && !column.counted
  const fill = needsFill ? input.fills.get(`${table.key}.${column.name}`) : undefined
  if (fill === undefined) return [add(column)]
  const lone = isLiteral(fill) || !Object.keys(table.columns).some((other) => mentions(fill, other))
  if (!lone) return [add({ ...column, notNull: false }), ...requireColumn(table, { column, input })]
  return [add({ ...column, default: fill }), line(`${alter(table)} ALTER COLUMN ${quoted(column.name)} DROP DEFAULT`)]
}

function columnDefinition(table: TableModel, column: ColumnModel): string {
  const { identity, generated } = column
  const sequence = identity && nameOf({ name: identity.sequence, schema: table.schema })
  const [kind = '', ...options] = identity ? identity.definition.split(/(?<=ALWAYS|BY DEFAULT) /) : []
  return [
    `${quoted(column.name)} ${column.type}`,
    ...(column.default === undefined ? [] : [`DEFAULT ${column.default}`]),
    ...(generated ? [`GENERATED ALWAYS AS (${generated.as}) STORED`] : []),
    ...(identity ? [`GENERATED ${kind} AS IDENTITY (SEQUENCE NAME ${sequence} ${options.join(' ')})`] : []),
    ...(column.notNull ? ['NOT NULL'] : []),
  ].join(' ')
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
    ...indexes.added.filter(isNew).map((index) => ({ sql: createIndex(after, { index, concurrently: true }), outside: true })),
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

function createIndex(table: TableModel, { index, concurrently }: { index: TableModel['indexes'][string]; concurrently: boolean }): string {
  const words = ['CREATE', ...(index.unique ? ['UNIQUE'] : []), 'INDEX', ...(concurrently ? ['CONCURRENTLY'] : [])]
  return `${words.join(' ')} ${quoted(index.name)} ON ${nameOf(table)} ${index.definition}`
}
