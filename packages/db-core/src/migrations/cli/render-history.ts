import type { HistoryEntry } from '../store/migration-store.ts'
import { showTime } from './render-status.ts'
import { alignRows } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Newest first. */
export function renderHistory(entries: readonly HistoryEntry[], paint: Terminal['paint']): string {
  if (entries.length === 0) return 'Nothing was done yet.'
  const head = ['when', 'event', 'migration', 'took', 'by', 'detail'].map((title) => paint('bold', title))
  const rows = entries.map(({ at, event, name, durationMs, by, detail }) => [
    showTime(at),
    event === 'failed' ? paint('red', event) : event,
    name,
    `${Math.round(durationMs)} ms`,
    by,
    detail ?? '',
  ])
  return alignRows([head, ...rows]).join('\n')
}
