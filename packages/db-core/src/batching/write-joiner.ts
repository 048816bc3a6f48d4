import type { RepositoryError } from '../errors/repository-error.ts'
import { Joiner } from './joiner.ts'

/** What became of one row of a batch. */
export type RawOutcome<Raw> =
  | { readonly raw: Raw; readonly error?: undefined }
  | { readonly raw?: undefined; readonly error: RepositoryError }

/** Stores rows at once: one outcome for each, in their order. Rejects only when nothing is known of any of them. */
export type StoreRows<Item, Raw> = (rows: readonly Item[]) => Promise<readonly RawOutcome<Raw>[]>

/**
 * Group commit: concurrent inserts of single rows become one statement with one commit, and each caller gets its own row or
 * its own error. The cost: a batch of which one row is refused is tried again in parts, and a lost connection leaves
 * the outcome of the whole batch unknown.
 */
export class WriteJoiner<Item, Raw> {
  readonly #joiner: Joiner<Item, Raw>

  constructor({ maxWaitMs }: { readonly maxWaitMs: number }) {
    this.#joiner = new Joiner({ maxSize: 64, smallestShare: 64, maxInFlight: 2, maxWaitMs })
  }

  /** `group` names everything that rows of one statement must have in common: their columns. */
  write(group: string, row: Item, store: StoreRows<Item, Raw>): Promise<Raw> {
    return this.#joiner.join(group, row, 1, async (calls) => {
      const outcomes = await store(calls.map(({ item }) => item))
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.error) calls[index]?.reject(outcome.error)
        else calls[index]?.resolve(outcome.raw)
      }
    })
  }
}
