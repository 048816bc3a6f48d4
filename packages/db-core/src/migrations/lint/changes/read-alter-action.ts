import { readCollation, readColumn, readType } from './read-column.ts'
import { insideBrackets, readConstraint } from './read-constraint.ts'
import { aloneIf } from './read-create-drop.ts'
import type { SchemaChange } from './schema-change.ts'
import type { TokenCursor } from './token-cursor.ts'

/** Reads one action of ALTER TABLE, up to the next comma. */
export function readAction(cursor: TokenCursor, table: string): SchemaChange[] {
  const verb = cursor.word()
  cursor.next()
  switch (verb) {
    case 'add':
      return readAdd(cursor, table)
    case 'drop':
      return readDropAction(cursor, table)
    case 'alter':
      return readAlterColumn(cursor, table)
    case 'rename':
      return readRename(cursor, table)
    case 'modify':
    case 'change':
      return readRedefinition(cursor, table, verb === 'change')
    case 'validate':
      cursor.take('constraint')
      return [{ kind: 'validate-constraint', table, name: cursor.nameHere() }]
    default:
      return readTableOption(cursor, table, verb)
  }
}

const mysqlIndexes = ['index', 'key', 'fulltext', 'spatial']

function readAdd(cursor: TokenCursor, table: string): SchemaChange[] {
  const constraint = readConstraint(cursor)
  if (constraint !== undefined) return [{ kind: 'add-constraint', table, constraint }]
  if (cursor.dialect === 'mysql' && mysqlIndexes.includes(cursor.word())) {
    while (cursor.takeAny(...mysqlIndexes) !== undefined);
    return [{ kind: 'create-index', table, index: cursor.name(), concurrently: false }]
  }
  if (cursor.dialect === 'mysql' && cursor.take('partition')) return [{ kind: 'alter-table', table, action: 'add partition' }]
  cursor.take('column')
  cursor.take('if', 'not', 'exists')
  const definitions = cursor.word() === '(' ? insideBrackets(cursor) : [cursor]
  return definitions.flatMap((definition) => {
    const column = readColumn(definition)
    return column === undefined ? [] : [{ kind: 'add-column' as const, table, column }]
  })
}

function readDropAction(cursor: TokenCursor, table: string): SchemaChange[] {
  const cascade = cursor.ends('cascade')
  if (cursor.dialect === 'mysql') {
    if (cursor.takeAny('index', 'key') !== undefined)
      return [{ kind: 'drop-index', index: cursor.nameHere(), concurrently: false, cascade }]
    if (cursor.take('primary', 'key')) return [{ kind: 'rewrite-table', table, how: 'DROP PRIMARY KEY' }]
    if (cursor.take('partition')) return [{ kind: 'truncate', table, cascade: false }]
  }
  const isConstraint = cursor.take('constraint') || cursor.take('foreign', 'key') || (cursor.dialect === 'mysql' && cursor.take('check'))
  if (!isConstraint) cursor.take('column')
  cursor.take('if', 'exists')
  const name = cursor.nameHere()
  return [isConstraint ? { kind: 'drop-constraint', table, name, cascade } : { kind: 'drop-column', table, column: name, cascade }]
}

/** What is no column, though its name may be one: only MySQL keeps `index` and `key` for itself. */
function takePart(cursor: TokenCursor): boolean {
  if (cursor.takeAny('constraint', 'check') !== undefined) return true
  return cursor.dialect === 'mysql' && cursor.takeAny('index', 'key') !== undefined
}

function readAlterColumn(cursor: TokenCursor, table: string): SchemaChange[] {
  if (takePart(cursor)) return [{ kind: 'alter-table', table, action: 'alter constraint' }]
  cursor.take('column')
  const column = cursor.nameHere()
  if (cursor.take('set', 'not', 'null')) return [{ kind: 'set-not-null', table, column }]
  if (cursor.take('drop', 'not', 'null')) return [{ kind: 'drop-not-null', table, column }]
  if (cursor.take('type') || cursor.take('set', 'data', 'type'))
    return [{ kind: 'change-type', table, column, type: readType(cursor) + readCollation(cursor), converted: cursor.has('using') }]
  if (cursor.take('set', 'expression')) return [{ kind: 'rewrite-table', table, how: 'SET EXPRESSION' }]
  const [first, second] = [cursor.word(), cursor.word(1)]
  return [{ kind: 'alter-table', table, action: `alter column ${first} ${second}` }]
}

function readRename(cursor: TokenCursor, table: string): SchemaChange[] {
  if (cursor.takeAny('to', 'as', '=') !== undefined) return [{ kind: 'rename-table', table, to: besideOf(cursor, table) }]
  if (takePart(cursor)) return [{ kind: 'alter-table', table, action: 'rename constraint' }]
  cursor.take('column')
  const name = cursor.nameHere()
  if (cursor.take('to')) return [{ kind: 'rename-column', table, column: name, to: cursor.nameHere() }]
  return [{ kind: 'rename-table', table, to: name }]
}

/** The new name; only MySQL takes it from another schema than the table's. */
function besideOf(cursor: TokenCursor, table: string): string {
  const dot = cursor.dialect === 'mysql' ? -1 : table.lastIndexOf('.')
  return table.slice(0, dot + 1) + cursor.nameHere()
}

function readRedefinition(cursor: TokenCursor, table: string, isChange: boolean): SchemaChange[] {
  cursor.take('column')
  cursor.take('if', 'exists')
  const before = isChange ? cursor.name() : undefined
  const definition = readColumn(cursor)
  return definition === undefined ? [] : [{ kind: 'redefine-column', table, column: before ?? definition.name, definition }]
}

const rewritingSettings = ['logged', 'unlogged', 'tablespace', 'access']
const rewritingOptions = ['engine', 'convert', 'force', 'row_format', 'order']

function readTableOption(cursor: TokenCursor, table: string, verb: string): SchemaChange[] {
  const word = cursor.word()
  const { dialect } = cursor
  if (verb === 'set' && word === 'schema') {
    cursor.next()
    return [{ kind: 'rename-table', table, to: cursor.nameWithin(table.slice(table.lastIndexOf('.') + 1)) }]
  }
  if (dialect === 'postgres' && verb === 'set' && rewritingSettings.includes(word))
    return [{ kind: 'rewrite-table', table, how: `SET ${word.toUpperCase()}` }]
  if (dialect === 'mysql' && rewritingOptions.includes(verb)) return [{ kind: 'rewrite-table', table, how: verb.toUpperCase() }]
  if (dialect === 'mysql' && verb === 'truncate') return [{ kind: 'truncate', table, cascade: false }]
  const isAlone = verb === 'detach' && cursor.has('concurrently')
  return [{ kind: 'alter-table', table, action: `${verb} ${word}`.trim() }, ...aloneIf(isAlone, 'DETACH PARTITION CONCURRENTLY')]
}
