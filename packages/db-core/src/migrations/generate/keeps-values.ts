import type { SqlDialect } from '../files/sql-tokens.ts'

const ladders: Readonly<Record<SqlDialect, readonly (readonly string[])[]>> = {
  postgres: [
    ['smallint', 'integer', 'bigint', 'numeric'],
    ['real', 'double precision'],
    ['smallint', 'integer', 'double precision'],
  ],
  mysql: [
    ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'],
    ['float', 'double'],
    ['varchar', 'text', 'mediumtext', 'longtext'],
  ],
  sqlite: [['integer', 'real', 'numeric']],
}

/** Whether every value of one type is a value of the other, the same to a reader; where this is not sure, it is false. */
export function keepsValues(dialect: SqlDialect, before: string, after: string): boolean {
  if (before === after) return true
  const [old, fresh] = [parseType(dialect, before), parseType(dialect, after)]
  if (old.values !== undefined && fresh.values !== undefined) return old.values.every((value) => fresh.values?.includes(value))
  if (old.suffix !== fresh.suffix) return false
  if (old.name === fresh.name) return isWider(old, fresh)
  if (dialect !== 'mysql' && fresh.name === 'text') return true
  if (fresh.name === 'text' && old.name === 'varchar') return (old.sizes[0] ?? 0) <= 16_383
  if (['char', 'varchar'].includes(old.name) && fresh.name === 'varchar') return isWider(old, fresh)
  if (fresh.sizes.length > 0) return false
  return ladders[dialect].some((ladder) => ladder.includes(old.name) && ladder.indexOf(old.name) < ladder.indexOf(fresh.name))
}

interface ParsedType {
  readonly name: string
  readonly sizes: readonly number[]
  /** What follows: `unsigned`, `with time zone`, `[]`, a collation. */
  readonly suffix: string
  /** Of an enum. */
  readonly values: readonly string[] | undefined
}

/** What a type without sizes has; those not named here hold everything of their name. */
const unsaidSizes: Readonly<Record<SqlDialect, Readonly<Record<string, readonly number[]>>>> = {
  postgres: { char: [1], character: [1], bit: [1], timestamp: [6], time: [6] },
  mysql: { char: [1], binary: [1], bit: [1], decimal: [10, 0], timestamp: [0], datetime: [0], time: [0] },
  sqlite: {},
}

function parseType(dialect: SqlDialect, type: string): ParsedType {
  const [, name = '', , sizes = '', suffix = ''] = /^("[^)]*?"|[a-z_ ]*[a-z_])\s*(\(([^)]*)\))?(.*)$/i.exec(type) ?? []
  const values = /^enum$/i.test(name) ? [...type.matchAll(/'(?:[^']|'')*'/g)].map(([value]) => value) : undefined
  const said = sizes === '' ? undefined : sizes.split(',').map(Number)
  return { name: name.toLowerCase(), sizes: said ?? unsaidSizes[dialect][name.toLowerCase()] ?? [], suffix: suffix.trim(), values }
}

/** `numeric(10,2)` holds eight digits before the point. */
function isWider(old: ParsedType, fresh: ParsedType): boolean {
  if (fresh.sizes.length === 0) return true
  if (old.sizes.length === 0) return false
  const [oldSize = 0, oldScale = 0] = old.sizes
  const [size = 0, scale = 0] = fresh.sizes
  return scale >= oldScale && size - scale >= oldSize - oldScale
}
