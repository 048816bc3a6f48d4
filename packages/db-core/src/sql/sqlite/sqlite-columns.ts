import { sql, type SQL } from 'drizzle-orm'
import { integer, SQLiteTextBuilder } from 'drizzle-orm/sqlite-core'

/** How a column made by `uuid` is known; in the database it is text. */
export const uuidColumn = 'SQLiteUuid'

/** A UUID as text in lower case. Anything else is refused before it reaches the database, which would take any text. */
export function uuid<Name extends string>(name: Name): UuidBuilder<Name> {
  return new UuidBuilder(name)
}

interface UuidConfig<Name extends string> {
  name: Name
  dataType: 'string'
  columnType: 'SQLiteText'
  data: string
  driverParam: string
  enumValues: [string, ...string[]]
  length: undefined
}

class UuidBuilder<Name extends string> extends SQLiteTextBuilder<UuidConfig<Name>> {
  constructor(name: Name) {
    super(name, {})
    Object.assign(this.config, { columnType: uuidColumn })
  }
}

/** A time, as the number of milliseconds that JavaScript has it as. */
export function moment<Name extends string>(name: Name) {
  return integer(name, { mode: 'timestamp_ms' })
}

/** The clock of the database, in milliseconds; one statement sees one time. */
export const now: SQL = sql.raw("cast(round(unixepoch('now', 'subsec') * 1000) as integer)")
