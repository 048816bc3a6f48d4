import { aloneIf } from './read-create-drop.ts'
import { readAction } from './read-alter-action.ts'
import { readConstraint } from './read-constraint.ts'
import type { LocatedChange, SchemaChange } from './schema-change.ts'
import type { TokenCursor } from './token-cursor.ts'

/** What follows ALTER. */
export function readAlter(cursor: TokenCursor): LocatedChange[] {
  const line = cursor.line
  while (cursor.takeAny('online', 'offline', 'ignore') !== undefined);
  if (isTableLike(cursor)) return readAlterTable(cursor)
  return readAlterOther(cursor).map((change) => ({ change, line }))
}

function isTableLike(cursor: TokenCursor): boolean {
  return cursor.take('table') || cursor.take('foreign', 'table') || cursor.take('view') || cursor.take('materialized', 'view')
}

function readAlterTable(cursor: TokenCursor): LocatedChange[] {
  cursor.take('if', 'exists')
  cursor.take('only')
  const table = cursor.nameHere()
  cursor.take('*')
  // How long MariaDB waits for the lock.
  if (cursor.dialect === 'mysql' && cursor.takeAny('wait', 'nowait') === 'wait') cursor.next()
  const online = cursor.has('lock', '=', 'none') || cursor.has('algorithm', '=', 'instant')
  return cursor.parts().flatMap((part) => {
    const line = part.line
    return readAction(part, table).map((change) => ({ change, line, online }))
  })
}

function readAlterOther(cursor: TokenCursor): SchemaChange[] {
  if (cursor.take('domain')) return readAlterDomain(cursor)
  if (cursor.take('system')) return aloneIf(cursor.dialect === 'postgres', 'ALTER SYSTEM')
  if (!cursor.take('type')) return []
  const type = cursor.nameHere()
  if (cursor.take('rename', 'value')) {
    const [from = '', , to = ''] = cursor.rest().map(({ text }) => text)
    return [{ kind: 'rename-enum-value', type, from, to }]
  }
  return []
}

/** Each check of a domain is made on every table that uses it. */
function readAlterDomain(cursor: TokenCursor): SchemaChange[] {
  const table = cursor.nameHere()
  if (cursor.take('set', 'not', 'null')) return [{ kind: 'set-not-null', table, column: 'value' }]
  const constraint = cursor.take('add') ? readConstraint(cursor) : undefined
  return constraint === undefined ? [] : [{ kind: 'add-constraint', table, constraint }]
}
