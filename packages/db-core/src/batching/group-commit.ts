import { retryConflicts } from '../repository/retry.ts'
import { Joiner, type JoinLimits } from './joiner.ts'
import { storeSeparately } from './store-separately.ts'

/** Does all items at once, as one commit: one answer for each, in their order. */
export type CommitGroup<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>

const conflictRetries = 3

/**
 * Joins concurrent calls into statements of their own kind, so that they share one commit, and gives each its own answer. A group that
 * is refused for one of its rows is done again in parts, until that row stands alone with its error. A deadlock is tried again as it
 * stands; any other failure is that of the whole group, and after a lost connection nobody knows whether it was committed.
 */
export class GroupCommit<Item, Answer> {
  readonly #joiner: Joiner<Item, Answer>
  readonly #commit: CommitGroup<Item, Answer>

  constructor(limits: JoinLimits, commit: CommitGroup<Item, Answer>) {
    this.#joiner = new Joiner(limits)
    this.#commit = (items) => retryConflicts(conflictRetries, () => commit(items))
  }

  /** `size` is what the item counts against the limit of a group. @throws RepositoryError */
  add(item: Item, size = 1): Promise<Answer> {
    return this.#joiner.join('', item, size, async (calls) => {
      const outcomes = await storeSeparately([calls.map((call) => call.item)], this.#commit)
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.error) calls[index]?.reject(outcome.error)
        else calls[index]?.resolve(outcome.raw)
      }
    })
  }
}
