import type { HoldOutcome } from '@polystore/contracts'
import { CommitUnknownError, outsideTransaction, UnavailableError } from '@polystore/db-core'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { Crash } from '@polystore/service-kit'
import type { CrashPoint } from '../crash-point.ts'
import { endOrphanedTransactions } from '../stock/orphaned-transactions.ts'
import { decideHolds } from './decide-holds.ts'
import type { HoldCommand } from './hold.ts'
import { readBooks, type ReadBooksDependencies } from './read-books.ts'

export interface CommitHoldsDependencies extends ReadBooksDependencies {
  readonly crash: Crash<CrashPoint>
}

interface HoldLimits {
  /** How often a batch is tried again after a conflict with another process. */
  readonly retries: number
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number
}

const limits: HoldLimits = { retries: 6, timeoutMs: 3_000 }
/** Of a part of a batch. */
const partLimits: HoldLimits = { retries: 2, timeoutMs: 3_000 }
/** Milliseconds for which others wait while the parts of a batch are tried; what is left then is refused for now. */
const longestTurnMs = 4_000

const beforePoints = { reserve: 'before-reserve-commit', release: 'before-release-hold' } as const
const afterPoints = { reserve: 'after-reserve-commit', release: 'after-release-hold' } as const

/**
 * One transaction for the commands of any requests: what they need is read before it, each command is decided by itself, then one
 * guarded write for each collection and one commit. Whoever finds something else than was read reads again. What keeps it from being
 * committed is looked for in halves, so that at last only the commands are refused that cannot be done.
 * @throws UnavailableError when the database is
 */
export async function commitHolds(
  dependencies: CommitHoldsDependencies,
  requests: readonly (readonly HoldCommand[])[],
): Promise<readonly (readonly HoldOutcome[])[]> {
  const outcomes = await commitAll(dependencies, requests.flat())
  let answered = 0
  return requests.map((commands) => outcomes.slice(answered, (answered += commands.length)))
}

async function commitAll(dependencies: CommitHoldsDependencies, commands: readonly HoldCommand[]): Promise<readonly HoldOutcome[]> {
  try {
    return await commitOnce(dependencies, commands, limits)
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    dependencies.database.logger.warn({ commands: commands.length, err: error }, 'A batch of holds was not committed')
    await endOrphanedTransactions(dependencies.database)
    return commitInParts(dependencies, commands, { ...limits, endsAt: performance.now() + longestTurnMs })
  }
}

async function commitInParts(
  dependencies: CommitHoldsDependencies,
  commands: readonly HoldCommand[],
  options: HoldLimits & { readonly endsAt: number },
): Promise<readonly HoldOutcome[]> {
  try {
    return await commitOnce(dependencies, commands, options)
  } catch (error) {
    if (error instanceof UnavailableError || error instanceof CommitUnknownError) throw error
    if (commands.length <= 1 || performance.now() > options.endsAt) return refuse(dependencies, commands, error)
    const middle = Math.ceil(commands.length / 2)
    const part = { ...options, ...partLimits }
    const first = await commitInParts(dependencies, commands.slice(0, middle), part)
    return [...first, ...(await commitInParts(dependencies, commands.slice(middle), part))]
  }
}

function refuse({ database }: CommitHoldsDependencies, commands: readonly HoldCommand[], error: unknown): HoldOutcome[] {
  return commands.map(({ kind, orderId }) => {
    database.logger.error({ orderId, kind, err: error }, 'A hold could not be changed')
    return { orderId, refused: 'unavailable' }
  })
}

async function commitOnce(
  dependencies: CommitHoldsDependencies,
  commands: readonly HoldCommand[],
  { retries, timeoutMs }: HoldLimits,
): Promise<readonly HoldOutcome[]> {
  const { database, stock, holds, crash } = dependencies
  const kinds = new Set(commands.map(({ kind }) => kind))
  let tried = 0
  const work = async (tx: MongoTransaction): Promise<readonly HoldOutcome[]> => {
    const seen = await outsideTransaction(() => readBooks(dependencies, commands, { expectNew: tried++ === 0 }))
    const { outcomes, ...changes } = decideHolds(commands, seen)
    // Another process stands in the way at the stock or nowhere.
    await stock.change(changes.stock, tx)
    await holds.store(changes, tx)
    for (const kind of kinds) crash(beforePoints[kind])
    if (changes.drifted.length > 0) database.logger.error({ skus: changes.drifted }, 'Stock does not cover its holds')
    return outcomes
  }
  const outcomes = await database.transaction(work, { retries, timeoutMs })
  for (const kind of kinds) crash(afterPoints[kind])
  return outcomes
}
