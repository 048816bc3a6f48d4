import type { EventsReport } from './operate-events.ts'

/** For people. */
export function describeEventsReport(report: EventsReport): string {
  const { service, outbox = [], inbox, queue, failed, dead, redriven } = report
  const lines = outbox.map(
    ({ subscriber, waiting, oldestSeconds }) => `${waiting} for ${subscriber} in the outbox, the oldest for ${Math.round(oldestSeconds)} s`,
  )
  if (report.outbox?.length === 0) lines.push('nothing in the outbox')
  if (inbox) lines.push(`${inbox.waiting} failed and tried again, ${inbox.parked} parked`)
  if (queue) lines.push(`${queue.waiting} in its queue, ${queue.dead} in its dead queue`)
  if (failed) lines.push(`${failed.length} failed`)
  for (const { consumer, eventId, failures, lastError, parkedAt } of failed ?? []) {
    lines.push(`  ${eventId} (${consumer}): ${parkedAt ? 'parked' : 'tried again'} after ${failures}, ${lastError}`)
  }
  if (dead) lines.push(`${dead.length} in its dead queue`)
  for (const { eventId, type, reason } of dead ?? []) lines.push(`  ${eventId ?? 'no event'} ${type ?? ''} ${reason}`)
  if (redriven) lines.push(`${redriven.failed} failed due again, ${redriven.dead} dead sent again`)
  return [`${service}:`, ...(lines.length > 0 ? lines : ['is told of no events']).map((line) => `  ${line}`)].join('\n')
}
