import { AsyncLocalStorage } from 'node:async_hooks'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { AfterCommitOptions, Transaction } from './transaction.ts'

/** An open transaction of `database`, as seen by everything that runs inside it. */
interface UnitOfWork {
  readonly database: object
  readonly store: Transaction['store']
  open: boolean
}

const units = new AsyncLocalStorage<UnitOfWork | undefined>()

function openUnit(): UnitOfWork | undefined {
  const unit = units.getStore()
  return unit?.open ? unit : undefined
}

/** True while a transaction is open around the caller. */
export function insideTransaction(): boolean {
  return openUnit() !== undefined
}

/** Runs `work` as the one unit of work of `database`. @throws UnsupportedError when another one is open around it. */
export async function runUnitOfWork<Result>(database: object, store: Transaction['store'], work: () => Promise<Result>): Promise<Result> {
  const outer = openUnit()
  if (outer) throw new UnsupportedError(refusal(outer, database))
  const unit: UnitOfWork = { database, store, open: true }
  try {
    return await units.run(unit, work)
  } finally {
    unit.open = false
  }
}

function refusal(outer: UnitOfWork, database: object): string {
  if (outer.database === database) return 'A transaction is open already: nest with tx.transaction, or pass { tx }.'
  return `A unit of work holds one store, and this one holds ${outer.store}.`
}

/**
 * For a call on `database` that was given no transaction: refused while one is open around it. Of the same database it would not see
 * what the transaction wrote and would not be undone with it; of another it would break the unit. @throws UnsupportedError
 */
export function requireNoTransaction(database: object): void {
  const unit = openUnit()
  if (!unit) return
  if (unit.database !== database) throw new UnsupportedError(refusal(unit, database))
  throw new UnsupportedError('A call inside a transaction was not given { tx }; pass it, or wrap the call in outsideTransaction.')
}

/** For a call that was given a transaction of `database`. @throws UnsupportedError inside the transaction of another database */
export function requireSameStore(database: object): void {
  const unit = openUnit()
  if (unit && unit.database !== database) throw new UnsupportedError(refusal(unit, database))
}

/** Refuses a transaction that another database opened. @throws UnsupportedError */
export function requireStore(tx: Transaction, store: Transaction['store']): void {
  if (tx.store !== store) throw new UnsupportedError(`A ${tx.store} transaction cannot be joined by a ${store} repository.`)
}

/** Runs `work` as if no transaction were open around it: its calls are their own, and stay when the transaction is undone. */
export function outsideTransaction<Result>(work: () => Result): Result {
  return units.run(undefined, work)
}

/** Work that waits for the end of a transaction. */
export interface CommitHook extends AfterCommitOptions {
  readonly work: () => void | Promise<void>
}

/** Hooks for after the commit: each is run, and a failing one is reported and harms no other. */
export async function runAfterCommit(hooks: readonly CommitHook[], report: (error: unknown) => void): Promise<void> {
  for (const { work } of hooks) {
    try {
      await outsideTransaction(work)
    } catch (error) {
      report(error)
    }
  }
}

/** As runAfterCommit, when nobody knows whether it was committed: only hooks that asked for it. */
export async function runAfterUnknown(hooks: readonly CommitHook[], report: (error: unknown) => void): Promise<void> {
  await runAfterCommit(
    hooks.filter(({ evenIfUnknown }) => evenIfUnknown),
    report,
  )
}
