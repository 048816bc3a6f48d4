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
    await this.#enter(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running += 1
      return
    }
    if (this.#waiting.size >= this.#options.queueLimit) throw new Problem('hashing-busy', { headers: { 'retry-after': '1' } })
    await this.#waitForTurn(signal)
  }

  /** Resolves holding the slot that `#leave` passed on. */
  #waitForTurn(signal: AbortSignal | undefined): Promise<void> {
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
