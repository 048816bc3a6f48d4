import { readColumn } from './read-column.ts'
import { insideBrackets, readConstraint } from './read-constraint.ts'
import type { SchemaChange } from './schema-change.ts'
import type { TokenCursor } from './token-cursor.ts'

/** What follows CREATE. */
export function readCreate(cursor: TokenCursor): SchemaChange[] {
  const replaces = cursor.take('or', 'replace')
  const modifiers = []
  for (let word = takeModifier(cursor); word !== undefined; word = takeModifier(cursor)) modifiers.push(word)
  if (cursor.take('table')) {
    const created = readCreateTable(cursor, modifiers.includes('temp') || modifiers.includes('temporary'))
    return replaces ? [...droppedBefore(created), created] : [created]
  }
  const isUnique = cursor.takeAny('unique', 'fulltext', 'spatial') !== undefined
  if (cursor.take('index')) return readCreateIndex(cursor)
  if (isUnique) return []
  if (cursor.takeAny('database', 'tablespace') !== undefined && cursor.dialect === 'postgres')
    return [{ kind: 'stands-alone', what: 'CREATE DATABASE or TABLESPACE' }]
  if (cursor.take('materialized', 'view') || cursor.take('view') || skipToView(cursor)) {
    cursor.take('if', 'not', 'exists')
    return [{ kind: 'create-view', view: cursor.nameHere() }]
  }
  cursor.next()
  cursor.take('if', 'not', 'exists')
  return [{ kind: 'create-other', name: cursor.nameHere() }]
}

function takeModifier(cursor: TokenCursor): string | undefined {
  return cursor.takeAny('global', 'local', 'temp', 'temporary', 'unlogged', 'foreign', 'recursive')
}

/** CREATE ALGORITHM = MERGE DEFINER = name SQL SECURITY INVOKER VIEW. */
function skipToView(cursor: TokenCursor): boolean {
  if (!['algorithm', 'definer', 'sql'].includes(cursor.word())) return false
  while (!cursor.isAtEnd && cursor.word() !== 'view') cursor.next()
  return cursor.take('view')
}

/** MariaDB's OR REPLACE drops the table that is there, with its rows. */
function droppedBefore({ table, temporary }: CreateTable): SchemaChange[] {
  return temporary ? [] : [{ kind: 'drop-table', name: table, cascade: false, ifExists: true }]
}

type CreateTable = Extract<SchemaChange, { kind: 'create-table' }>

function readCreateTable(cursor: TokenCursor, temporary: boolean): CreateTable {
  const ifNotExists = cursor.take('if', 'not', 'exists')
  const table = cursor.nameHere()
  const items = insideBrackets(cursor)
  const constraints = items.flatMap((item) => readConstraint(item) ?? [])
  const columns = items.flatMap((item) => (item.isAtEnd || isIndexOrCopy(item) ? [] : (readColumn(item) ?? [])))
  return { kind: 'create-table', table, columns: withKeys(columns, constraints), constraints, ifNotExists, temporary }
}

/** The columns of the primary key take no nulls. */
function withKeys(columns: CreateTable['columns'], constraints: CreateTable['constraints']): CreateTable['columns'] {
  const key = constraints.find(({ kind }) => kind === 'primary-key')
  return columns.map((column) => (key?.columns.includes(column.name) === true ? { ...column, notNull: true } : column))
}

/** KEY name (column) of MySQL, LIKE other_table of PostgreSQL, and what is left of a constraint. */
function isIndexOrCopy(item: TokenCursor): boolean {
  if (item.dialect === 'mysql' && ['key', 'index', 'fulltext', 'spatial'].includes(item.word())) return true
  return ['like', '(', ')', 'on', 'references', 'not', 'match'].includes(item.word())
}

function readCreateIndex(cursor: TokenCursor): SchemaChange[] {
  const concurrently = cursor.take('concurrently')
  cursor.take('if', 'not', 'exists')
  const index = cursor.word() === 'on' ? undefined : cursor.name()
  while (!cursor.isAtEnd && !cursor.take('on')) cursor.next()
  cursor.take('only')
  const table = cursor.nameHere()
  return [{ kind: 'create-index', table, index, concurrently }, ...aloneIf(concurrently, 'CREATE INDEX CONCURRENTLY')]
}

/** What follows DROP. */
export function readDrop(cursor: TokenCursor): SchemaChange[] {
  if (cursor.take('temporary')) return []
  const cascade = cursor.ends('cascade')
  if (cursor.take('index')) return readDropIndex(cursor, cascade)
  const kind = dropKind(cursor)
  const ifExists = cursor.take('if', 'exists')
  if (kind === 'drop-schema' && cursor.dialect === 'postgres') return [{ kind, name: cursor.nameHere(), cascade, ifExists }]
  return cursor.parts().map((part) => ({ kind, name: part.nameHere(), cascade, ifExists }))
}

function dropKind(cursor: TokenCursor): 'drop-table' | 'drop-view' | 'drop-schema' | 'drop-other' {
  if (cursor.takeAny('table', 'tables') !== undefined || cursor.take('foreign', 'table')) return 'drop-table'
  if (cursor.take('view') || cursor.take('materialized', 'view')) return 'drop-view'
  if (cursor.takeAny('schema', 'database') !== undefined || cursor.take('owned', 'by')) return 'drop-schema'
  cursor.next()
  return 'drop-other'
}

function readDropIndex(cursor: TokenCursor, cascade: boolean): SchemaChange[] {
  const concurrently = cursor.take('concurrently')
  cursor.take('if', 'exists')
  const drops = cursor.parts().map((part) => ({ kind: 'drop-index' as const, index: part.nameHere(), concurrently, cascade }))
  return [...drops, ...aloneIf(concurrently, 'DROP INDEX CONCURRENTLY')]
}

export function aloneIf(alone: boolean, what: string): SchemaChange[] {
  return alone ? [{ kind: 'stands-alone', what }] : []
}
