import { Readable } from 'node:stream'
import type { ChangeListener, ChangeTail } from './change-tail.ts'
import { toEventText } from './event-text.ts'
import type { OrderChange } from './order-change.ts'
import type { OrderChangeRepository } from './order-change-repository.ts'

export interface OrderFeedOptions {
  readonly tail: ChangeTail
  readonly changes: OrderChangeRepository
  readonly userId: string
  /** The last event that the client has seen; undefined for one that wants only what comes. */
  readonly lastEventId: number | undefined
}

const pageSize = 500
/** A client that reads slower than this much behind is cut off and comes back with the id of what it read last. */
const maxWaitingBytes = 262_144
const maxWaitingChanges = 2_000

/** The stream of one connection: what it missed, then what happens. */
export class OrderFeed implements ChangeListener {
  readonly userId: string
  readonly stream: Readable
  readonly #options: OrderFeedOptions
  /** Changes that came while older ones were still being read; undefined once all are sent as they come. */
  #waiting: OrderChange[] | undefined = []
  /** Sent, or older than the connection; the tail may still hand them over. */
  readonly #known = new Set<number>()
  #drained = Promise.withResolvers<void>()
  #isOver = false

  constructor(options: OrderFeedOptions) {
    this.#options = options
    this.userId = options.userId
    this.stream = new Readable({ read: () => this.#drained.resolve(), destroy: (error, done) => this.#leave(error, done) })
  }

  /** Every change from here on will be sent. @throws RepositoryError */
  async open(retryMs: number): Promise<void> {
    const { tail, changes, userId, lastEventId } = this.#options
    const afterId = await tail.attach(this)
    if (lastEventId === undefined) for (const id of await changes.idsAfter({ userId, afterId, limit: 10_000 })) this.#known.add(id)
    this.stream.push(`retry: ${retryMs}\n\n`)
    void this.#catchUp(afterId).catch((error: unknown) => this.stream.destroy(error instanceof Error ? error : undefined))
  }

  accept(changes: readonly OrderChange[]): void {
    if (this.#waiting === undefined) return this.#send(changes)
    this.#waiting.push(...changes)
    if (this.#waiting.length > maxWaitingChanges) this.stream.destroy()
  }

  /** Keeps the connection open through everything that closes idle ones. */
  beat(): void {
    if (!this.#isOver && this.stream.readableLength === 0) this.stream.push(':\n\n')
  }

  /** The client comes back after `retryMs`. */
  end(retryMs: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.tail.detach(this)
    this.stream.push(`retry: ${retryMs}\n\n`)
    this.stream.push(null)
  }

  async #catchUp(knownAfterId: number): Promise<void> {
    for await (const page of this.#missed()) {
      if (page.length === 0) break
      for (const { id } of page) if (id > knownAfterId) this.#known.add(id)
      this.#drained = Promise.withResolvers()
      this.#write(page)
      await this.#drained.promise
      if (this.#isOver) return
    }
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#send(waiting)
  }

  async *#missed(): AsyncIterable<readonly OrderChange[]> {
    const { changes, userId, lastEventId } = this.#options
    if (lastEventId === undefined) return
    for (let afterId = 0; ;) {
      const page = await changes.replay({ userId, lastEventId, afterId, limit: pageSize })
      yield page
      afterId = page.at(-1)?.id ?? afterId
      if (page.length < pageSize) return
    }
  }

  #send(changes: readonly OrderChange[]): void {
    this.#write(changes.filter(({ id }) => !this.#known.delete(id)))
    if (this.stream.readableLength > maxWaitingBytes) this.stream.destroy()
  }

  #write(changes: readonly OrderChange[]): void {
    if (!this.#isOver && changes.length > 0) this.stream.push(changes.map((change) => toEventText(change, this.userId)).join(''))
  }

  #leave(error: Error | null, done: (error?: Error | null) => void): void {
    this.#isOver = true
    this.#options.tail.detach(this)
    this.#drained.resolve()
    done(error)
  }
}
