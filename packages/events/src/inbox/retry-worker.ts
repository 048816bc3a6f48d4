import { Worker, type Logger, type Pause } from '@polystore/service-kit'
import type { Inbox } from './inbox.ts'
import type { InboxStore } from './inbox-store.ts'

export interface RetryWorkerOptions<Tx> {
  readonly inbox: Inbox<Tx>
  readonly store: InboxStore<Tx>
  readonly pollMs: number
  readonly leaseMs: number
  readonly log: Pick<Logger, 'warn'>
  readonly mayWork: () => boolean
}

const limit = 50
const keepNotesDays = 7
const purge = { everyMs: 10 * 60_000, limit: 10_000 }

/** Tries again, on any replica, what consumers could not apply, and forgets the notes that no redelivery can need any more. */
export function createRetryWorker<Tx>({ inbox, store, pollMs, leaseMs, log, mayWork }: RetryWorkerOptions<Tx>): Worker {
  let purgedAt = performance.now()

  async function purgeNotes(): Promise<void> {
    if (performance.now() - purgedAt < purge.everyMs) return
    purgedAt = performance.now()
    await store.purge({ days: keepNotesDays, limit: purge.limit })
  }

  async function round(signal: AbortSignal): Promise<Pause> {
    if (!mayWork()) return idle
    try {
      const failed = await store.claimFailed({ limit, leaseMs })
      for (const one of failed) {
        if (!signal.aborted) await inbox.retry(one)
      }
      await purgeNotes()
      return failed.length === limit ? again : idle
    } catch (error) {
      log.warn({ err: error }, 'a round of retries failed')
      return idle
    }
  }

  const idle = { leastMs: 0, mostMs: pollMs }
  const again = { leastMs: 0, mostMs: 0 }
  return new Worker({ round })
}
