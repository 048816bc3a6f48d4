import { setTimeout as pause } from 'node:timers/promises'
import { Joiner, type JoinedCall } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'

export interface TurnLimits {
  /** The most that one turn holds, by the sizes of what is joined; what is larger goes alone. */
  readonly maxSize: number
  /** Milliseconds that a caller may wait for its turn. */
  readonly maxWaitMs: number
  /** Callers that may wait in all; the next one is turned away at once. */
  readonly maxWaiting: number
  /** Milliseconds after which work that nobody waits for is done although there are others. */
  readonly longestDelayMs: number
}

/** Does all items in one transaction: one answer for each, in their order. */
type CommitTogether<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>

/** What has a transaction of its own asks for no more than this. */
export interface OwnTurns {
  /**
   * Runs `work` in a turn in which no other has one of its keys.
   * @throws Problem service-unavailable, UnavailableError; the signal's reason; whatever `work` throws
   */
  run<Result>(keys: readonly string[], work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
}

/** For what nobody waits for. */
export interface LaterTurns {
  /** Runs `work` in a turn of its own when there is no other to be run, or when that takes too long. @throws as `run` */
  runLater<Result>(work: () => Promise<Result>): Promise<Result>
}

interface Turn<Item, Answer> {
  readonly signal: AbortSignal | undefined
  readonly joined?: { readonly item: Item; readonly settle: (answer: Answer | undefined) => void }
  readonly own?: OwnWork
}

interface OwnWork {
  readonly keys: readonly string[]
  readonly work: () => Promise<void>
}

/** Transactions of their own that may run at once. */
const maxSideBySide = 8

/**
 * Lets what changes stock take turns, so that transactions of this process never stand in each other's way; those of other processes
 * still do, and are met by retries. Items that wait while a turn is under way share the next one.
 */
export class StockTurns<Item, Answer> implements OwnTurns, LaterTurns {
  readonly #joiner: Joiner<Turn<Item, Answer>, void>
  readonly #commit: CommitTogether<Item, Answer>
  readonly #limits: TurnLimits
  #waiting = 0
  /** Settles when nobody waits any more. */
  #idle: PromiseWithResolvers<void> | undefined

  constructor(limits: TurnLimits, commit: CommitTogether<Item, Answer>) {
    const { maxSize, maxWaitMs } = limits
    this.#joiner = new Joiner({ maxSize, smallestShare: maxSize, maxInFlight: 1, maxWaitMs })
    this.#commit = commit
    this.#limits = limits
  }

  /** The answer to an item that shares its transaction with others. @throws Problem service-unavailable, UnavailableError; the signal's reason */
  async together(item: Item, size: number, signal?: AbortSignal): Promise<Answer> {
    let answer: Answer | undefined
    const settle = (settled: Answer | undefined): void => void (answer = settled)
    await this.#wait('together', { joined: { item, settle }, signal }, size)
    if (answer === undefined) throw new Error('An item was not answered')
    return answer
  }

  async run<Result>(keys: readonly string[], work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return this.#runAs('own', { keys, size: this.#limits.maxSize / maxSideBySide, signal }, work)
  }

  async runLater<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#untilIdle(this.#limits.longestDelayMs)
    return this.#runAs('later', { keys: ['later'], size: this.#limits.maxSize, signal: undefined }, work)
  }

  async #runAs<Result>(
    group: string,
    { keys, size, signal }: { readonly keys: readonly string[]; readonly size: number; readonly signal: AbortSignal | undefined },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>()
    await this.#wait(group, { own: { keys, work: async () => resolve(await work()) }, signal }, size)
    return promise
  }

  async #untilIdle(withinMs: number): Promise<void> {
    if (this.#waiting === 0) return
    this.#idle ??= Promise.withResolvers()
    const late = new AbortController()
    await Promise.race([this.#idle.promise, pause(withinMs, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
  }

  async #wait(group: string, turn: Turn<Item, Answer>, size: number): Promise<void> {
    if (this.#waiting >= this.#limits.maxWaiting) throw new Problem('service-unavailable', { detail: 'Too many changes are waiting.' })
    this.#waiting += 1
    try {
      await this.#joiner.join(group, turn, size, (calls) => this.#run(calls))
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#settleIdle()
    }
  }

  #settleIdle(): void {
    this.#idle?.resolve()
    this.#idle = undefined
  }

  /** Who has given up meanwhile is left out. */
  async #run(calls: readonly JoinedCall<Turn<Item, Answer>, void>[]): Promise<void> {
    for (const { item, reject } of calls) if (item.signal?.aborted) reject(item.signal.reason)
    const present = calls.filter(({ item }) => !item.signal?.aborted)
    const joined = present.flatMap(({ item }) => item.joined ?? [])
    if (joined.length > 0) {
      const answers = await this.#commit(joined.map(({ item }) => item))
      for (const [index, { settle }] of joined.entries()) settle(answers[index])
      for (const { resolve } of present) resolve()
    }
    await sideBySide(present.flatMap(({ item: { own }, resolve, reject }) => (own === undefined ? [] : { ...own, resolve, reject })))
  }
}

type SettledWork = OwnWork & Pick<JoinedCall<unknown, void>, 'resolve' | 'reject'>

/** All at once, but those that share a key one after the other. */
async function sideBySide(works: readonly SettledWork[]): Promise<void> {
  const last = new Map<string, Promise<void>>()
  const all = works.map(({ keys, work, resolve, reject }) => {
    const done = Promise.all(keys.flatMap((key) => last.get(key) ?? []))
      .then(work)
      .then(resolve, reject)
    for (const key of keys) last.set(key, done)
    return done
  })
  await Promise.all(all)
}
