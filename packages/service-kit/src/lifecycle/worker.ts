import { setTimeout as delay } from 'node:timers/promises'

export interface WorkerOptions {
  /** One round of work. Answers how long to pause, in milliseconds; waking ends a pause. It must not throw. */
  readonly round: (signal: AbortSignal) => Promise<Pause>
}

/** `least` passes in any case; what is over it ends when the worker is woken. */
export interface Pause {
  readonly leastMs: number
  readonly mostMs: number
}

/** Repeats rounds of work until it is stopped. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #stopping = new AbortController()
  #sleep = new AbortController()
  #woken = false
  #running: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There is work now. */
  wake(): void {
    this.#woken = true
    this.#sleep.abort()
  }

  /** Lets the round that runs come to its end. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#sleep.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#woken = false
      const { leastMs, mostMs } = await this.#options.round(signal)
      await pause(leastMs, signal)
      await this.#rest(mostMs - leastMs)
    }
  }

  async #rest(ms: number): Promise<void> {
    this.#sleep = new AbortController()
    if (this.#woken || this.#stopping.signal.aborted) return
    await pause(ms, this.#sleep.signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return
  await delay(ms, undefined, { signal }).catch(() => {})
}
