import { readChanges } from '../lint/changes/read-changes.ts'
import type { SchemaChange } from '../lint/changes/schema-change.ts'
import { TokenCursor } from '../lint/changes/token-cursor.ts'
import { levels, lockLevels, type LockLevel, type TableLock } from './postgres-lock-levels.ts'
import { locksOfOther } from './postgres-other-locks.ts'

/** What a statement of PostgreSQL locks, `ACCESS EXCLUSIVE on users: blocks reads and writes`; undefined when nothing that others use. */
export function describePostgresLock(statement: string): string | undefined {
  const made = new Set<string>()
  const changes = readChanges(statement, 'postgres').map(({ change }) => change)
  for (const change of changes) if (change.kind === 'create-table') made.add(change.table)
  const locks = [...changes.flatMap(locksOf), ...locksOfOther(TokenCursor.of(statement, 'postgres'))]
  const strongest = new Map<string, LockLevel>()
  for (const level of lockLevels)
    for (const lock of locks) if (lock.level === level && !strongest.has(lock.table)) strongest.set(lock.table, level)
  const parts = lockLevels.flatMap((level) => {
    const tables = [...strongest].flatMap(([table, its]) => (its === level && !made.has(table) ? [table] : []))
    return tables.length === 0 ? [] : [`${level} on ${tables.join(' and ')}: ${levels[level]}`]
  })
  return parts.length === 0 ? undefined : parts.join('; ')
}

const ofForeignKeys = 'the tables that its foreign keys name'

function locksOf(change: SchemaChange): TableLock[] {
  switch (change.kind) {
    case 'create-table':
      return referenced([...change.columns, ...change.constraints])
    case 'add-column':
      return [strong(change.table), ...referenced([change.column])]
    case 'add-constraint':
      return change.constraint.kind === 'foreign-key'
        ? [{ level: 'SHARE ROW EXCLUSIVE', table: change.table }, ...referenced([change.constraint])]
        : [strong(change.table)]
    case 'validate-constraint':
      return [{ level: 'SHARE UPDATE EXCLUSIVE', table: change.table }]
    case 'drop-table':
      return [strong(change.name), strong(ofForeignKeys)]
    case 'drop-constraint':
      return [strong(change.table), strong(ofForeignKeys)]
    case 'drop-view':
      return [strong(change.name)]
    case 'rename-table':
    case 'drop-column':
    case 'rename-column':
    case 'change-type':
    case 'set-not-null':
    case 'drop-not-null':
    case 'truncate':
    case 'rewrite-table':
      return [strong(change.table)]
    case 'write':
      return [{ level: 'ROW EXCLUSIVE', table: change.table }]
    default:
      return locksOfIndex(change)
  }
}

function locksOfIndex(change: SchemaChange): TableLock[] {
  switch (change.kind) {
    case 'create-index':
      return [{ level: change.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', table: change.table }]
    case 'drop-index':
      return [{ level: change.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE', table: `the table of index ${change.index}` }]
    case 'reindex': {
      const table =
        change.what === 'table' ? change.name : change.what === 'index' ? `the table of index ${change.name}` : 'each of its tables'
      return [{ level: change.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', table }]
    }
    default:
      return []
  }
}

function strong(table: string): TableLock {
  return { level: 'ACCESS EXCLUSIVE', table }
}

/** A new foreign key puts triggers on the table that it names. */
function referenced(parts: readonly { readonly references: string | undefined }[]): TableLock[] {
  return parts.flatMap(({ references }) => (references === undefined ? [] : [{ level: 'SHARE ROW EXCLUSIVE' as const, table: references }]))
}
