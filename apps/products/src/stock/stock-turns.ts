import { Joiner, type JoinedCall } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'

export interface TurnLimits {
  /** The most that one turn holds, by the sizes of what is joined; what is larger goes alone. */
  readonly maxSize: number
  /** Milliseconds that a caller may wait for its turn. */
  readonly maxWaitMs: number
  /** Callers that may wait in all; the next one is turned away at once. */
  readonly maxWaiting: number
}

/** Does all items in one transaction: one answer for each, in their order. */
type CommitTogether<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>

/** What needs the stock for itself asks for no more than this. */
export interface OwnTurn {
  alone<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
}

interface Turn<Item, Answer> {
  readonly signal: AbortSignal | undefined
  /** Shares a turn with others of its kind. */
  readonly joined?: { readonly item: Item; readonly settle: (answer: Answer | undefined) => void }
  /** Has a turn for itself. */
  readonly work?: () => Promise<void>
}

/**
 * Lets all that changes stock go one after another, so that transactions of this process never stand in each other's way; those of
 * other processes still do, and are met by retries. Items that wait while a turn is under way share the next one.
 */
export class StockTurns<Item, Answer> implements OwnTurn {
  readonly #joiner: Joiner<Turn<Item, Answer>, void>
  readonly #commit: CommitTogether<Item, Answer>
  readonly #maxWaiting: number
  #waiting = 0

  constructor({ maxSize, maxWaitMs, maxWaiting }: TurnLimits, commit: CommitTogether<Item, Answer>) {
    this.#joiner = new Joiner({ maxSize, smallestShare: maxSize, maxInFlight: 1, maxWaitMs })
    this.#commit = commit
    this.#maxWaiting = maxWaiting
  }

  /** @throws Problem service-unavailable, UnavailableError; the signal's reason */
  async together(item: Item, size: number, signal?: AbortSignal): Promise<Answer> {
    let answer: Answer | undefined
    const settle = (settled: Answer | undefined): void => void (answer = settled)
    await this.#wait('together', { joined: { item, settle }, signal }, size)
    if (answer === undefined) throw new Error('An item was not answered')
    return answer
  }

  /** @throws Problem service-unavailable, UnavailableError; the signal's reason; whatever `work` throws */
  async alone<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>()
    await this.#wait('alone', { work: async () => resolve(await work()), signal }, Infinity)
    return promise
  }

  async #wait(group: string, turn: Turn<Item, Answer>, size: number): Promise<void> {
    if (this.#waiting >= this.#maxWaiting) throw new Problem('service-unavailable', { detail: 'Too many changes are waiting.' })
    this.#waiting += 1
    try {
      await this.#joiner.join(group, turn, size, (calls) => this.#run(calls))
    } finally {
      this.#waiting -= 1
    }
  }

  /** Who has given up meanwhile is left out. */
  async #run(calls: readonly JoinedCall<Turn<Item, Answer>, void>[]): Promise<void> {
    for (const { item, reject } of calls) if (item.signal?.aborted) reject(item.signal.reason)
    const present = calls.filter(({ item }) => !item.signal?.aborted)
    const joined = present.flatMap(({ item }) => item.joined ?? [])
    if (joined.length > 0) {
      const answers = await this.#commit(joined.map(({ item }) => item))
      for (const [index, { settle }] of joined.entries()) settle(answers[index])
    }
    for (const { item, resolve } of present) {
      await item.work?.()
      resolve()
    }
  }
}
