import { Problem } from '@polystore/service-kit'

export interface KeyQueueOptions {
  /** Transactions that may run at once; below the pool size, so that reads find a connection. */
  readonly maxRunning: number
  /** Callers that may wait in all; the next one is turned away at once. */
  readonly maxWaiting: number
}

export interface KeyQueue {
  /** Runs `work` when every earlier caller with one of the keys is done. @throws Problem service-unavailable; the signal's reason */
  run<Result>(keys: readonly string[], work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
}

interface Ticket {
  readonly keys: ReadonlySet<string>
  readonly start: () => void
}

/**
 * Lets the writers of one key through one after another, in the order of arrival, while others run side by side.
 * Transactions of this process then never conflict with each other; conflicts with other processes stay, and are retried.
 */
export function createKeyQueue({ maxRunning, maxWaiting }: KeyQueueOptions): KeyQueue {
  const busy = new Set<string>()
  const waiting = new Set<Ticket>()
  let running = 0

  function startReady(): void {
    const claimed = new Set(busy)
    for (const ticket of waiting) {
      if (running >= maxRunning) return
      if (![...ticket.keys].some((key) => claimed.has(key))) begin(ticket)
      // A waiting caller keeps its place: nobody who came later passes it on any of its keys.
      for (const key of ticket.keys) claimed.add(key)
    }
  }

  function begin(ticket: Ticket): void {
    waiting.delete(ticket)
    running++
    for (const key of ticket.keys) busy.add(key)
    ticket.start()
  }

  function end(keys: ReadonlySet<string>): void {
    running--
    for (const key of keys) busy.delete(key)
    startReady()
  }

  function turn(keys: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (waiting.size >= maxWaiting) throw new Problem('service-unavailable', { detail: 'Too many changes are waiting.' })
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        waiting.delete(ticket)
        reject(signal?.reason)
        startReady()
      }
      const start = (): void => {
        signal?.removeEventListener('abort', abandon)
        resolve()
      }
      const ticket: Ticket = { keys, start }
      signal?.addEventListener('abort', abandon, { once: true })
      waiting.add(ticket)
      startReady()
    })
  }

  return {
    async run(keys, work, signal) {
      const wanted = new Set(keys)
      await turn(wanted, signal)
      try {
        return await work()
      } finally {
        end(wanted)
      }
    },
  }
}
