import type { SqlDialect } from '../../files/sql-tokens.ts'
import { readAlter } from './read-alter.ts'
import { readCreate, readDrop } from './read-create-drop.ts'
import { readUpkeep } from './read-upkeep.ts'
import { readWrites } from './read-writes.ts'
import type { LocatedChange, SchemaChange } from './schema-change.ts'
import { TokenCursor } from './token-cursor.ts'

/** What one statement does; empty for what no rule cares about. */
export function readChanges(statement: string, dialect: SqlDialect): LocatedChange[] {
  const cursor = TokenCursor.of(statement, dialect)
  const line = cursor.line
  if (cursor.take('alter')) return readAlter(cursor)
  return readOther(cursor).map((change) => ({ change, line }))
}

function readOther(cursor: TokenCursor): SchemaChange[] {
  if (cursor.take('explain')) return runsExplained(cursor) ? readOther(cursor) : []
  if (cursor.take('create')) return readCreate(cursor)
  if (cursor.take('drop')) return readDrop(cursor)
  if (cursor.take('rename', 'table') || cursor.take('rename', 'tables')) return readRenames(cursor)
  return readUpkeep(cursor) ?? readWrites(cursor)
}

/** EXPLAIN ANALYZE does what it explains. */
function runsExplained(cursor: TokenCursor): boolean {
  const options = cursor.brackets()
  const runs = options?.has('analyze') === true || cursor.take('analyze')
  cursor.take('verbose')
  return runs
}

/** RENAME TABLE a TO b, c TO d of MySQL. */
function readRenames(cursor: TokenCursor): SchemaChange[] {
  return cursor.parts().flatMap((part): SchemaChange[] => {
    part.take('if', 'exists')
    const table = part.nameHere()
    return part.take('to') ? [{ kind: 'rename-table', table, to: part.nameHere() }] : []
  })
}
