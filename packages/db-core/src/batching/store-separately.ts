import type { RawOutcome } from './write-joiner.ts'
import { CheckError, ConflictError, ForeignKeyError, InvalidValueError, NotNullError, RepositoryError } from '../errors/repository-error.ts'

const rowErrors = [ConflictError, ForeignKeyError, NotNullError, CheckError, InvalidValueError]

/** True for an error that one row brought about: without it the others can be stored. */
export function isRowError(error: unknown): error is RepositoryError {
  return rowErrors.some((type) => error instanceof type)
}

/**
 * Stores rows in parts, halving a part that was refused for one of its rows until that row stands alone: one outcome for each row, in
 * their order. Any other error is everyone's: it rejects while nothing is known, and later is the outcome of all rows that are left.
 */
export async function storeSeparately<Item, Raw>(
  parts: readonly (readonly Item[])[],
  store: (part: readonly Item[]) => Promise<readonly Raw[]>,
): Promise<RawOutcome<Raw>[]> {
  const outcomes: RawOutcome<Raw>[] = []
  const left = parts.toReversed()
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    try {
      for (const raw of await store(part)) outcomes.push({ raw })
    } catch (error) {
      if (!isRowError(error)) return allFailed(error, outcomes, [part, ...left].flat().length)
      if (part.length === 1) outcomes.push({ error })
      else left.push(part.slice(part.length / 2), part.slice(0, part.length / 2))
    }
  }
  return outcomes
}

function allFailed<Raw>(error: unknown, known: readonly RawOutcome<Raw>[], count: number): RawOutcome<Raw>[] {
  if (known.length === 0 || !(error instanceof RepositoryError)) throw error
  return [...known, ...Array.from({ length: count }, () => ({ error }))]
}
