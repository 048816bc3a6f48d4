/** Longer than the database lets a transaction of this service live; one that outlives it is not waited for. */
const longestTransactionMs = 30_000

/** How far something was read, and which transactions may still write below that. */
export interface Mark {
  readonly lastId: number
  /** No transaction from here on had written anything; whoever writes later gets greater ids. */
  readonly begunBelow: bigint
}

/**
 * The id up to which the history is complete. Ids are given before they commit, so a greater one may be seen before a smaller one;
 * what was read is complete once every transaction that ran at that time has ended.
 */
export class ReadHorizon {
  #completeTo: number
  readonly #marks: (Mark & { readonly atMs: number })[] = []
  readonly #now: () => number

  constructor(completeTo: number, now: () => number = () => performance.now()) {
    this.#completeTo = completeTo
    this.#now = now
  }

  /** Nothing with this id or a smaller one is still to come. */
  get completeTo(): number {
    return this.#completeTo
  }

  mark({ lastId, begunBelow }: Mark): void {
    if (lastId > (this.#marks.at(-1)?.lastId ?? this.#completeTo)) this.#marks.push({ lastId, begunBelow, atMs: this.#now() })
  }

  /** To be called after what is above `completeTo` was read, with the transactions that had ended when the reading began. */
  advance(endedBelow: bigint): void {
    const longAgoMs = this.#now() - longestTransactionMs
    while (this.#marks[0] !== undefined && (this.#marks[0].begunBelow <= endedBelow || this.#marks[0].atMs < longAgoMs)) {
      this.#completeTo = this.#marks[0].lastId
      this.#marks.shift()
    }
  }
}
