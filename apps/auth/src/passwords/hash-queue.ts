import { Problem } from '@polystore/service-kit'

export interface HashQueueOptions {
  /** How many run at once. */
  readonly concurrency: number
  /** How many may wait; one more is refused. */
  readonly queueLimit: number
}

/** Runs memory-hard work a few at a time, with a short queue, so that a flood of logins cannot take the machine. */
export class HashQueue {
  readonly #options: HashQueueOptions
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: HashQueueOptions) {
    this.#options = options
  }

  /** @throws Problem `hashing-busy` when the queue is full; the signal's reason when it aborts before the work's turn. */
  async run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted()
    if (!this.#tryEnter()) await this.#waitForTurn(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  #tryEnter(): boolean {
    if (this.#running >= this.#options.concurrency) return false
    this.#running += 1
    return true
  }

  /** Resolves holding the slot that `#leave` passed on. */
  async #waitForTurn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#options.queueLimit) throw new Problem('hashing-busy', { headers: { 'retry-after': '1' } })
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(take)
        reject(signal?.reason)
      }
      const take = (): void => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      this.#waiting.add(take)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running -= 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
