import type { MigrationSession } from '../sql/migration-session.ts'
import { openPostgresSession } from './postgres-session.ts'

// Locks are counted per database, so one number serves all of them.
export const migrationLockKey = 7_263_190_451

/** Asks, on a connection of its own, how far the statement is that the holder of the lock runs. */
export async function watchPostgresProgress(url: string): Promise<{ read(): Promise<string | undefined>; close(): Promise<void> }> {
  const session = await openPostgresSession(url, 1000)
  return { read: () => readProgress(session), close: () => session.close() }
}

const query = `
  select a.wait_event_type = 'Lock' as waits, pg_blocking_pids(a.pid)::text as blockers, p.phase,
    p.blocks_done::text as blocks_done, p.blocks_total::text as blocks_total,
    p.tuples_done::text as tuples_done, p.tuples_total::text as tuples_total
  from pg_locks l
  join pg_stat_activity a on a.pid = l.pid
  left join pg_stat_progress_create_index p on p.pid = a.pid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and a.datname = current_database()
    and (l.classid::bigint << 32 | l.objid::bigint) = ${migrationLockKey}`

async function readProgress(session: MigrationSession): Promise<string | undefined> {
  const [row] = await session.rows(query)
  if (row === undefined) return undefined
  const parts = [describePhase(row), row['waits'] === true ? `waiting for session ${String(row['blockers'])}` : undefined]
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 ? undefined : known.join(', ')
}

function describePhase(row: Record<string, unknown>): string | undefined {
  if (typeof row['phase'] !== 'string') return undefined
  return `${row['phase']}${shareOf(row, 'blocks') ?? shareOf(row, 'tuples') ?? ''}`
}

function shareOf(row: Record<string, unknown>, unit: 'blocks' | 'tuples'): string | undefined {
  const [done, total] = [Number(row[`${unit}_done`]), Number(row[`${unit}_total`])]
  return total > 0 ? ` (${Math.floor((100 * done) / total)} % of ${total} ${unit})` : undefined
}
