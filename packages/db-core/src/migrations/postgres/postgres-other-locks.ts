import type { TokenCursor } from '../lint/changes/token-cursor.ts'
import { lockLevels, type LockLevel, type TableLock } from './postgres-lock-levels.ts'

/** The locks of what is no change of tables, columns, constraints, indexes or rows. */
export function locksOfOther(cursor: TokenCursor): TableLock[] {
  if (cursor.take('alter', 'table')) return locksOfAlterTable(cursor)
  if (cursor.take('create', 'table') || cursor.take('create', 'unlogged', 'table')) return locksOfPartition(cursor)
  if (cursor.take('create')) return locksOfCreate(cursor)
  if (cursor.take('drop')) return locksOfDrop(cursor)
  if (cursor.take('alter', 'policy')) return onTable(cursor, 'ACCESS EXCLUSIVE')
  if (cursor.take('comment', 'on', 'table')) return named(cursor, 'SHARE UPDATE EXCLUSIVE')
  if (cursor.take('refresh', 'materialized', 'view', 'concurrently')) return named(cursor, 'EXCLUSIVE')
  if (cursor.take('lock')) return locksOfLock(cursor)
  if (cursor.takeAny('analyze', 'vacuum') === undefined) return []
  cursor.brackets()
  cursor.take('verbose')
  return cursor.isAtEnd ? [{ level: 'SHARE UPDATE EXCLUSIVE', table: 'each table in turn' }] : named(cursor, 'SHARE UPDATE EXCLUSIVE')
}

function named(cursor: TokenCursor, level: LockLevel): TableLock[] {
  cursor.take('if', 'not', 'exists')
  const table = cursor.name()
  return table === undefined ? [] : [{ level, table }]
}

/** The table of `… ON table`. */
function onTable(cursor: TokenCursor, level: LockLevel): TableLock[] {
  while (!cursor.isAtEnd && !cursor.take('on')) if (cursor.brackets() === undefined) cursor.next()
  return named(cursor, level)
}

function locksOfCreate(cursor: TokenCursor): TableLock[] {
  cursor.take('or', 'replace')
  cursor.take('constraint')
  if (cursor.take('trigger')) return onTable(cursor, 'SHARE ROW EXCLUSIVE')
  if (cursor.take('policy')) return onTable(cursor, 'ACCESS EXCLUSIVE')
  if (cursor.take('rule')) return afterTo(cursor)
  if (!cursor.take('statistics')) return []
  while (!cursor.isAtEnd && !cursor.take('from')) if (cursor.brackets() === undefined) cursor.next()
  return named(cursor, 'SHARE UPDATE EXCLUSIVE')
}

function afterTo(cursor: TokenCursor): TableLock[] {
  while (!cursor.isAtEnd && !cursor.take('to')) cursor.next()
  return named(cursor, 'ACCESS EXCLUSIVE')
}

function locksOfDrop(cursor: TokenCursor): TableLock[] {
  return cursor.takeAny('trigger', 'policy', 'rule') === undefined ? [] : onTable(cursor, 'ACCESS EXCLUSIVE')
}

/** The table that a new partition joins. */
function locksOfPartition(cursor: TokenCursor): TableLock[] {
  cursor.take('if', 'not', 'exists')
  cursor.name()
  return cursor.take('partition', 'of') ? named(cursor, 'ACCESS EXCLUSIVE') : []
}

function locksOfLock(cursor: TokenCursor): TableLock[] {
  cursor.take('table')
  cursor.take('only')
  const mode = cursor
    .rest()
    .map(({ text }) => text.toUpperCase())
    .join(' ')
  const level = lockLevels.find((candidate) => mode.includes(` IN ${candidate} MODE`))
  if (mode.includes(' IN ') && level === undefined) return []
  return cursor.parts().flatMap((part) => named(part, level ?? 'ACCESS EXCLUSIVE'))
}

/** The weaker ones; every other action that is not known better takes the strongest. */
const weakActions: readonly (readonly [action: RegExp, level: LockLevel])[] = [
  [/^(?:enable|disable)(?: always| replica)? trigger/, 'SHARE ROW EXCLUSIVE'],
  [/^(?:re)?set \(|^alter (?:column )?\S+ (?:re)?set \(/, 'SHARE UPDATE EXCLUSIVE'],
  [/^alter (?:column )?\S+ set statistics/, 'SHARE UPDATE EXCLUSIVE'],
  [/^cluster on|^set without cluster/, 'SHARE UPDATE EXCLUSIVE'],
  [/^attach partition|^detach partition .* concurrently/, 'SHARE UPDATE EXCLUSIVE'],
]

/** Actions that are changes by themselves, and are judged as such. */
const judgedElsewhere =
  /^(?:add|drop|rename|validate|alter (?:column )?\S+ (?:set data )?type)\b|^alter (?:column )?\S+ (?:set|drop) not null/

function locksOfAlterTable(cursor: TokenCursor): TableLock[] {
  cursor.take('if', 'exists')
  cursor.take('only')
  const table = cursor.name()
  if (table === undefined) return []
  return cursor.parts().flatMap((part) => {
    const action = part
      .rest()
      .map(({ text }) => text.toLowerCase())
      .join(' ')
    const level = weakActions.find(([pattern]) => pattern.test(action))?.[1]
    if (level === undefined && judgedElsewhere.test(action) && !action.startsWith('rename constraint')) return []
    return [{ level: level ?? ('ACCESS EXCLUSIVE' as const), table }, ...locksOfAttached(part)]
  })
}

/** The partition itself is locked as a whole. */
function locksOfAttached(part: TokenCursor): TableLock[] {
  return part.take('attach', 'partition') || part.take('detach', 'partition') ? named(part, 'ACCESS EXCLUSIVE') : []
}
