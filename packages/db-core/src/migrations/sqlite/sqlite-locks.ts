import { meaningfulTokens } from './sqlite-text.ts'

const reading: ReadonlySet<string> = new Set(['select', 'values', 'explain', 'pragma'])

/** What a statement of SQLite holds up while it runs; undefined when nothing worth saying. */
export function describeSqliteLock(statement: string): string | undefined {
  const first = meaningfulTokens(statement)[0]?.text.toLowerCase() ?? ''
  if (reading.has(first)) return undefined
  if (first === 'vacuum') return 'the whole file: rewrites it, and blocks writes until done'
  return 'the whole file: other writers wait until the migration commits, readers go on'
}
