import type { MysqlFacts } from './mysql-error-facts.ts'

/** Names of the schema that an error speaks of, as the database has them. */
export interface NamesInError {
  readonly table?: string | undefined
  readonly constraint?: string | undefined
  readonly columns?: readonly string[] | undefined
}

/**
 * The protocol of MySQL gives an error a number, a state and a message, and nothing else: which key or column it is about
 * stands in the message only. Each pattern takes a name from the place where the server's own template puts one, anchored so
 * that a value, which may stand before it, cannot be taken for it; no value is ever read.
 */
export function namesIn(facts: MysqlFacts): NamesInError {
  const read = readers.get(facts.number ?? 0)
  return { table: tableOf(facts.statement), ...read?.(facts.message) }
}

type Reader = (message: string) => NamesInError

/** `Duplicate entry '…' for key 'name'`; MySQL puts the table before the name. */
const readKey: Reader = (message) => {
  const [, key] = /for key '(?:[^'.]*\.)?([^']+)'$/.exec(message) ?? []
  return key === undefined ? {} : { constraint: key }
}

/** `… fails (`database`.`table`, CONSTRAINT `name` FOREIGN KEY (`a`, `b`) REFERENCES …`: names alone, no values. */
const readReference: Reader = (message) => {
  const [, table, constraint, columns] = /\(`[^`]*`\.`([^`]+)`, CONSTRAINT `([^`]+)` FOREIGN KEY \(([^)]*)\)/.exec(message) ?? []
  if (table === undefined) return {}
  return { table, constraint, columns: [...(columns ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name) }
}

/** `Column 'name' cannot be null`, `Field 'name' doesn't have a default value`. */
const readColumn: Reader = (message) => {
  const [, column] = /^(?:Column|Field) '([^']+)'/.exec(message) ?? []
  return column === undefined ? {} : { columns: [column] }
}

/** MariaDB: `CONSTRAINT `name` failed for `database`.`table``, where a rule of a column is `table.column`. MySQL: `Check constraint 'name' is violated.` */
const readCheck: Reader = (message) => {
  const [, ofMariadb, table] = /^CONSTRAINT `([^`]+)` failed for `[^`]*`\.`([^`]+)`$/.exec(message) ?? []
  if (ofMariadb !== undefined) return { table, constraint: ofMariadb.split('.').at(-1) }
  const [, ofMysql] = /^Check constraint '([^']+)' is violated\.$/.exec(message) ?? []
  return ofMysql === undefined ? {} : { constraint: ofMysql }
}

const readers: ReadonlyMap<number, Reader> = new Map([
  [1022, readKey],
  [1062, readKey],
  [1169, readKey],
  [1048, readColumn],
  [1364, readColumn],
  [1451, readReference],
  [1452, readReference],
  [3819, readCheck],
  [4025, readCheck],
])

/** The table that the statement writes to. */
function tableOf(statement: string): string | undefined {
  return /^\s*(?:insert\s+into|update|delete\s+from|replace\s+into)\s+(?:`[^`]+`\.)?`?([^`\s(.]+)`?/i.exec(statement)?.[1]
}
