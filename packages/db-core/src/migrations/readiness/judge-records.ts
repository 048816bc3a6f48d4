import type { MigrationRecord } from '../store/migration-store.ts'

/** What of a record decides whether code may serve. */
export type AppliedMigration = Pick<MigrationRecord, 'name' | 'state' | 'contract'>

/**
 * Why code that knows these migrations may not work with a database that has those; undefined when it may. Migrations that the code does
 * not know are a newer release's, and are lived with, unless one is a contract for code that knows more.
 */
export function judgeRecords(known: readonly string[], applied: readonly AppliedMigration[]): string | undefined {
  const states = new Map(applied.map(({ name, state }) => [name, state]))
  const lacking = known.flatMap((name) => shortcoming(name, states.get(name)))
  if (lacking.length > 0) return `The database lacks what this release needs: ${listOf(lacking)}. Run the migrations.`
  const ahead = applied.flatMap(({ name, contract }) => (contract === undefined || known.includes(contract) ? [] : [{ name, contract }]))
  if (ahead.length === 0) return undefined
  return `The database is ahead of this release: ${listOf(ahead.map(({ name, contract }) => `${name} is for code that knows ${contract}`))}.`
}

function shortcoming(name: string, state: AppliedMigration['state'] | undefined): string[] {
  if (state === 'applied') return []
  return [state === undefined ? `${name} is pending` : `${name} is unfinished`]
}

const mostNamed = 5

/** In words; a long list ends with how many are left. */
export function listOf(items: readonly string[]): string {
  const left = items.length - mostNamed
  return left > 0 ? `${items.slice(0, mostNamed).join(', ')} and ${left} more` : items.join(', ')
}
