import { revocationPage } from '@polystore/contracts'
import { growingPause, type Logger, type Pause, Worker } from '@polystore/service-kit'
import { AuthUnavailableError } from './auth-unavailable-error.ts'
import { Revocations } from './revocations.ts'

export interface RevocationFeedOptions {
  /** Gets the page of revocations after an id; rejects when it cannot be had. */
  readonly fetchPage: (after: number) => Promise<unknown>
  /** Called when all revocations have been read, after every round. */
  readonly onRead?: () => void
  /** Between two rounds. */
  readonly pollMs?: number
}

type FeedLog = Pick<Logger, 'info' | 'warn'>

const retryBounds = { firstMs: 300, longestMs: 1_000 }

/** Keeps up with what auth revokes. While auth is away, what is known stays known. */
export class RevocationFeed {
  readonly known = new Revocations()
  readonly #options: Required<RevocationFeedOptions>
  readonly #worker = new Worker({ round: () => this.#round() })
  #log: FeedLog | undefined
  /** Below this id nothing is still to come. */
  #settled = 0
  #failures = 0
  #readAtMs: number | undefined
  #reading: Promise<void> | undefined

  constructor(options: RevocationFeedOptions) {
    this.#options = { onRead: () => {}, pollMs: 300, ...options }
  }

  /** Seconds since all revocations were known; undefined before the first time. */
  get ageSeconds(): number | undefined {
    return this.#readAtMs === undefined ? undefined : (performance.now() - this.#readAtMs) / 1_000
  }

  start(log: FeedLog): void {
    this.#log = log
    this.#worker.start()
  }

  async stop(): Promise<void> {
    await this.#worker.stop()
  }

  /** Resolves when the revocations have been read once: before that, no token can be called good. @throws AuthUnavailableError */
  async ready(): Promise<void> {
    if (this.#readAtMs !== undefined) return
    // Not left to the next round: auth may have come up just now.
    await this.#readOnce()
    if (this.#readAtMs === undefined) throw new AuthUnavailableError('the revocations')
  }

  async #round(): Promise<Pause> {
    await this.#readOnce()
    const mostMs = this.#failures === 0 ? this.#options.pollMs : growingPause(this.#failures, retryBounds)
    return { leastMs: 0, mostMs }
  }

  #readOnce(): Promise<void> {
    this.#reading ??= this.#readSafely().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #readSafely(): Promise<void> {
    try {
      await this.#readAll()
      if (this.#failures > 0) this.#log?.info('revocations are read again')
      this.#failures = 0
      this.#readAtMs = performance.now()
      this.#options.onRead()
    } catch (error) {
      if (this.#failures++ === 0) this.#log?.warn({ err: error }, 'revocations cannot be read; those that are known stay')
    }
  }

  async #readAll(): Promise<void> {
    let after = this.#settled
    for (;;) {
      const { items, settled, more, keepSeconds } = revocationPage.parse(await this.#options.fetchPage(after))
      this.known.apply(items, keepSeconds)
      this.#settled = Math.max(this.#settled, settled)
      const lastId = items.at(-1)?.id
      if (!more || lastId === undefined || lastId <= after) return
      after = lastId
    }
  }
}
