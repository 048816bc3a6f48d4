import type { Readable } from 'node:stream'
import { Problem } from '@polystore/service-kit'
import { ChangeTail, type ChangeTailOptions } from './change-tail.ts'
import { OrderFeed } from './order-feed.ts'

/** Shorter than any idle timeout between here and a client. */
const beatMs = 5_000
/** Access is looked at again by then, for the client comes back with its token. */
const longestLifeMs = 600_000
const maxFeeds = 2_000

/** All streams of events that this process sends. */
export class LiveUpdates {
  readonly #options: ChangeTailOptions
  readonly #tail: ChangeTail
  readonly #feeds = new Set<OrderFeed>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ChangeTailOptions) {
    this.#options = options
    this.#tail = new ChangeTail(options)
  }

  get count(): number {
    return this.#feeds.size
  }

  /** The changes of a user's orders as they happen, after those that followed `lastEventId`. @throws Problem, RepositoryError */
  async open(userId: string, lastEventId: number | undefined): Promise<Readable> {
    if (this.#feeds.size >= maxFeeds) throw new Problem('service-unavailable', { headers: { 'retry-after': '5' } })
    const feed = new OrderFeed({ tail: this.#tail, changes: this.#options.changes, userId, lastEventId })
    this.#feeds.add(feed)
    this.#timer ??= setInterval(() => this.#beat(), beatMs).unref()
    const life = setTimeout(() => feed.end(retryMs()), longestLifeMs * (0.75 + Math.random() / 4)).unref()
    feed.stream.once('close', () => {
      clearTimeout(life)
      this.#feeds.delete(feed)
    })
    return this.#begin(feed)
  }

  /** There may be changes of the orders of these users. */
  wake(userIds: readonly string[]): void {
    this.#tail.wake(userIds)
  }

  /** Sends every client elsewhere; whoever still comes is sent on at once. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const feed of this.#feeds) feed.end(retryMs())
  }

  async #begin(feed: OrderFeed): Promise<Readable> {
    try {
      await feed.open(retryMs())
    } catch (error) {
      feed.stream.destroy()
      throw error
    }
    if (this.#isClosed) feed.end(retryMs())
    return feed.stream
  }

  #beat(): void {
    for (const feed of this.#feeds) feed.beat()
  }
}

/** Spread, so that the clients of a process that ends do not all come back at once. */
function retryMs(): number {
  return Math.round(1_000 + Math.random() * 2_000)
}
