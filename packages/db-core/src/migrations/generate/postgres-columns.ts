import { createHash } from 'node:crypto'
import type { ColumnChange, ModelDifference } from './compare-models.ts'
import { fillOf, isLiteral } from './fills.ts'
import { type ColumnModel, mentions, qualifiedName, quoteName, type TableModel } from './schema-model.ts'
import { batchSize, line, type ScriptLine, textLiteral, type WriterInput } from './script.ts'

const quoted = (name: string): string => quoteName('postgres', name)
const nameOf = (thing: { name: string; schema: string }): string => qualifiedName('postgres', thing)
const alter = (table: TableModel): string => `ALTER TABLE ${nameOf(table)}`

export interface Alteration {
  readonly change: ColumnChange
  readonly difference: ModelDifference
  readonly input: WriterInput
}

/** Type, default and NOT NULL of a column, in an order in which each can follow the other. */
export function alterColumn(table: TableModel, { change, difference, input }: Alteration): ScriptLine[] {
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

/** A column for a table that holds rows, which get the fill. */
export function addColumn(table: TableModel, { column, input }: { column: ColumnModel; input: WriterInput }): ScriptLine[] {
  const add = (definition: ColumnModel): ScriptLine => line(`${alter(table)} ADD COLUMN ${columnDefinition(table, definition)}`)
  const needsFill = column.notNull && column.default === undefined && column.generated === undefined && !column.counted
  const fill = needsFill ? input.fills.get(`${table.key}.${column.name}`) : undefined
  if (fill === undefined) return [add(column)]
  const lone = isLiteral(fill) || !Object.keys(table.columns).some((other) => mentions(fill, other))
  if (!lone) return [add({ ...column, notNull: false }), ...requireColumn(table, { column, input })]
  return [add({ ...column, default: fill }), line(`${alter(table)} ALTER COLUMN ${quoted(column.name)} DROP DEFAULT`)]
}

/** A column as CREATE TABLE and ADD COLUMN say it. */
export function columnDefinition(table: TableModel, column: ColumnModel): string {
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
