import { getTableColumns, sql } from 'drizzle-orm'
import * as my from 'drizzle-orm/mysql-core'
import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'
import type { SqlDialect } from '../../src/migrations/files/sql-tokens.ts'
import type { ColumnSpec, Kind, SchemaSpec, TableSpec } from './random-schema.ts'

/** A spec as Drizzle tables, as a service's module would export them. */
export function drizzleTables(dialect: SqlDialect, spec: SchemaSpec): Record<string, unknown> {
  switch (dialect) {
    case 'postgres':
      return postgresTables(spec)
    case 'mysql':
      return mysqlTables(spec)
    case 'sqlite':
      return sqliteTables(spec)
  }
}

const types: Readonly<Record<SqlDialect, Readonly<Record<Exclude<Kind, 'ref'>, string>>>> = {
  postgres: {
    int: 'integer',
    big: 'bigint',
    text: 'text',
    short: 'varchar(20)',
    long: 'varchar(200)',
    flag: 'boolean',
    moment: 'timestamp (3) with time zone',
    money: 'numeric(10, 2)',
    state: 'state',
  },
  mysql: {
    int: 'int',
    big: 'bigint',
    text: 'text',
    short: 'varchar(20)',
    long: 'varchar(200)',
    flag: 'boolean',
    moment: 'datetime(3)',
    money: 'decimal(10,2)',
    state: 'enum',
  },
  sqlite: {
    int: 'integer',
    big: 'integer',
    text: 'text',
    short: 'text',
    long: 'text',
    flag: 'integer',
    moment: 'text',
    money: 'numeric',
    state: 'text',
  },
}

/** The default of a column of each kind, as SQL. */
export const defaults: Readonly<Record<Kind, string>> = {
  int: '7',
  big: '7',
  text: "('7')",
  short: "'7'",
  long: "'7'",
  flag: 'true',
  moment: "'2026-01-01 00:00:00'",
  money: '7.5',
  state: "'open'",
  ref: 'null',
}

/** The type of a text key is the same in every database. */
const textKey = 'varchar(40)'

function typeOf(dialect: SqlDialect, { column, spec }: { column: ColumnSpec; spec: SchemaSpec }): string {
  if (column.kind === 'ref') {
    const key = spec.tables.find(({ name }) => name === column.target)?.key
    return key === 'text' ? textKey : types[dialect].int
  }
  if (dialect === 'mysql' && column.kind === 'state') return `enum(${spec.states.map((value) => `'${value}'`).join(',')})`
  return types[dialect][column.kind]
}

function defaultOf(dialect: SqlDialect, { kind }: ColumnSpec) {
  return sql.raw(dialect === 'sqlite' && kind === 'text' ? "'7'" : defaults[kind])
}

function nonEmpty<T>([first, ...others]: readonly T[]): [T, ...T[]] {
  if (first === undefined) throw new Error('an index has no columns')
  return [first, ...others]
}

function found<T>(things: Readonly<Record<string, T>>, name: string): T {
  const thing = things[name]
  if (thing === undefined) throw new Error(`there is no ${name}`)
  return thing
}

const checkName = (table: TableSpec, column: string): string => `${table.name}_${column}_check`

function postgresTables(spec: SchemaSpec): Record<string, unknown> {
  const [first = 'open', ...others] = spec.states
  const state = pg.pgEnum('state', [first, ...others])
  const typed = pg.customType<{ data: unknown; config: { type: string }; configRequired: true }>({ dataType: ({ type }) => type })
  const made: Record<string, pg.PgTable & { id: pg.AnyPgColumn }> = {}
  const build = (column: ColumnSpec) => {
    const bare = column.kind === 'state' ? state(column.name) : typed(column.name, { type: typeOf('postgres', { column, spec }) })
    const required = column.required ? bare.notNull() : bare
    return column.hasDefault ? required.default(defaultOf('postgres', column)) : required
  }
  const key = ({ key: kind }: TableSpec) => {
    if (kind === 'text') return pg.varchar('id', { length: 40 }).primaryKey()
    return kind === 'serial' ? pg.serial('id').primaryKey() : pg.integer('id').primaryKey().generatedAlwaysAsIdentity()
  }
  for (const table of spec.tables)
    made[table.name] = pg.pgTable(
      table.name,
      { id: key(table), ...Object.fromEntries(table.columns.map((column) => [column.name, build(column)])) },
      (own) => [
        ...table.indexes.map(({ name, columns, unique, partial }) => {
          const parts = nonEmpty(columns.map((column) => found<pg.ExtraConfigColumn>(own, column)))
          const index = (unique ? pg.uniqueIndex(name) : pg.index(name)).on(...parts)
          return partial ? index.where(sql`${parts[0]} is not null`) : index
        }),
        ...table.checks.map((name) => pg.check(checkName(table, name), sql`${found(own, name)} >= 0`)),
        ...table.columns.flatMap(({ name, target }) =>
          target === undefined
            ? []
            : [
                pg.foreignKey({
                  columns: [found<pg.AnyPgColumn>(getTableColumns(found(made, table.name)), name)],
                  foreignColumns: [found(made, target).id],
                }),
              ],
        ),
      ],
    )
  return { ...made, state }
}

function mysqlTables(spec: SchemaSpec): Record<string, unknown> {
  const typed = my.customType<{ data: unknown; config: { type: string }; configRequired: true }>({ dataType: ({ type }) => type })
  const made: Record<string, my.MySqlTable & { id: my.AnyMySqlColumn }> = {}
  const build = (column: ColumnSpec) => {
    const bare = typed(column.name, { type: typeOf('mysql', { column, spec }) })
    const required = column.required ? bare.notNull() : bare
    return column.hasDefault ? required.default(defaultOf('mysql', column)) : required
  }
  for (const table of spec.tables)
    made[table.name] = my.mysqlTable(
      table.name,
      {
        id: table.key === 'text' ? my.varchar('id', { length: 40 }).primaryKey() : my.int('id').autoincrement().primaryKey(),
        ...Object.fromEntries(table.columns.map((column) => [column.name, build(column)])),
      },
      (own) => [
        ...table.indexes.map(({ name, columns, unique }) =>
          (unique ? my.uniqueIndex(name) : my.index(name)).on(...nonEmpty(columns.map((column) => found<my.AnyMySqlColumn>(own, column)))),
        ),
        ...table.checks.map((name) => my.check(checkName(table, name), sql`${found(own, name)} >= 0`)),
        ...table.columns.flatMap(({ name, target }) =>
          target === undefined
            ? []
            : [my.foreignKey({ columns: [found<my.AnyMySqlColumn>(own, name)], foreignColumns: [found(made, target).id] })],
        ),
      ],
    )
  return made
}

function sqliteTables(spec: SchemaSpec): Record<string, unknown> {
  const typed = lite.customType<{ data: unknown; config: { type: string }; configRequired: true }>({ dataType: ({ type }) => type })
  const made: Record<string, lite.SQLiteTable & { id: lite.AnySQLiteColumn }> = {}
  const build = (column: ColumnSpec) => {
    const bare = typed(column.name, { type: typeOf('sqlite', { column, spec }) })
    const required = column.required ? bare.notNull() : bare
    return column.hasDefault ? required.default(defaultOf('sqlite', column)) : required
  }
  for (const table of spec.tables)
    made[table.name] = lite.sqliteTable(
      table.name,
      {
        id: table.key === 'text' ? lite.text('id').primaryKey() : lite.integer('id').primaryKey({ autoIncrement: true }),
        ...Object.fromEntries(table.columns.map((column) => [column.name, build(column)])),
      },
      (own) => [
        ...table.indexes.map(({ name, columns, unique, partial }) => {
          const parts = nonEmpty(columns.map((column) => found<lite.AnySQLiteColumn>(own, column)))
          const index = (unique ? lite.uniqueIndex(name) : lite.index(name)).on(...parts)
          return partial ? index.where(sql`${parts[0]} is not null`) : index
        }),
        ...table.checks.map((name) => lite.check(checkName(table, name), sql`${found(own, name)} >= 0`)),
        ...table.columns.flatMap(({ name, target }) =>
          target === undefined
            ? []
            : [lite.foreignKey({ columns: [found<lite.AnySQLiteColumn>(own, name)], foreignColumns: [found(made, target).id] })],
        ),
      ],
    )
  return made
}
