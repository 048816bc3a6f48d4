import type { SqlDialect } from '../../files/sql-tokens.ts'

/** Whether the server changes the type without a look at the rows: every old value is a new one, stored alike. */
export function isWidening(from: string, to: string, dialect: SqlDialect): boolean {
  const [before, after] = [parseType(from), parseType(to)]
  if (before.name === after.name && before.sizes.join() === after.sizes.join()) return true
  return dialect === 'postgres' ? isWiderInPostgres(before, after) : dialect === 'mysql' && isWiderInMysql(before, after)
}

interface ParsedType {
  readonly name: string
  readonly sizes: readonly string[]
}

const aliases: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  character: 'char',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  bool: 'boolean',
  decimal: 'numeric',
  float8: 'double precision',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
}

function parseType(type: string): ParsedType {
  const [, name = '', sizes, rest = ''] = /^([^(]*)(?:\(([^)]*)\))?(.*)$/.exec(type) ?? []
  const whole = `${name} ${rest}`.trim()
  return { name: aliases[whole] ?? whole, sizes: sizes === undefined ? [] : sizes.split(',') }
}

function isWiderInPostgres(before: ParsedType, after: ParsedType): boolean {
  if (before.name === 'varchar' && after.name === 'text') return after.sizes.length === 0
  if (before.name === 'text' && after.name === 'varchar') return after.sizes.length === 0
  if (before.name !== after.name || !growing.has(before.name)) return false
  const [size, scale] = before.sizes
  const [newSize, newScale] = after.sizes
  if (newSize === undefined) return true
  return size !== undefined && Number(newSize) >= Number(size) && (scale ?? '0') === (newScale ?? '0')
}

const growing = new Set(['varchar', 'varbit', 'bit varying', 'numeric', 'timestamp', 'timestamptz', 'time', 'timetz', 'interval'])

/** The length is kept in one byte up to 255 bytes, which are 63 characters of utf8mb4; values are added to an enum at its end. */
function isWiderInMysql(before: ParsedType, after: ParsedType): boolean {
  if (before.name !== after.name) return false
  if (before.name === 'enum' || before.name === 'set') return before.sizes.every((value, index) => after.sizes[index] === value)
  const [size, newSize] = [Number(before.sizes[0]), Number(after.sizes[0])]
  return before.name === 'varchar' && newSize >= size && size > 63 === newSize > 63
}
