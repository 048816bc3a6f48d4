import type { OrderChange } from './order-change.ts'
import type { Glimpse, OrderChangeRepository } from './order-change-repository.ts'
import { ReadHorizon } from './read-horizon.ts'

const pageSize = 5_000
/** Pages of one reading; what is left comes with the next. */
const maxPages = 10

/** Reads every change once, from the moment it was made on, in whatever order they commit. */
export class ChangeReader {
  readonly #changes: OrderChangeRepository
  readonly #horizon: ReadHorizon
  readonly #begunBefore: bigint
  /** Ids above the horizon that were given out. */
  readonly #given = new Set<number>()
  #isComplete = false

  private constructor(changes: OrderChangeRepository, end: { readonly lastId: number; readonly begunBelow: bigint }) {
    this.#changes = changes
    this.#horizon = new ReadHorizon(end.lastId)
    this.#begunBefore = end.begunBelow
  }

  /** Begins at the end of the history. @throws RepositoryError */
  static async open(changes: OrderChangeRepository): Promise<ChangeReader> {
    return new ChangeReader(changes, await changes.end())
  }

  /** True once every change below the place where the reader began can be read by others. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Everything after this id is given out by `next`, or has been. */
  get completeTo(): number {
    return this.#horizon.completeTo
  }

  /** What the orders of these users did since the last call, by id. @throws RepositoryError */
  async next(userIds: readonly string[]): Promise<OrderChange[]> {
    const glimpses = await this.#look(userIds)
    const fresh = glimpses.flatMap(({ changes }) => changes.filter(({ id }) => !this.#given.has(id)))
    for (const { id } of fresh) this.#given.add(id)
    const endedBelow = glimpses[0]?.endedBelow ?? 0n
    this.#isComplete ||= endedBelow >= this.#begunBefore
    this.#horizon.advance(endedBelow)
    for (const id of this.#given) if (id <= this.#horizon.completeTo) this.#given.delete(id)
    return fresh
  }

  async #look(userIds: readonly string[]): Promise<Glimpse[]> {
    const glimpses: Glimpse[] = []
    for (let afterId = this.#horizon.completeTo, isFull = true; isFull && glimpses.length < maxPages;) {
      const glimpse = await this.#changes.look({ afterId, userIds, limit: pageSize })
      glimpses.push(glimpse)
      isFull = glimpse.isFull
      afterId = glimpse.lastId ?? afterId
      this.#horizon.mark({ lastId: afterId, begunBelow: glimpse.begunBelow })
    }
    return glimpses
  }
}
