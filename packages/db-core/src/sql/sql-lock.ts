import { UnsupportedError } from '../errors/repository-error.ts'
import type { LockOptions } from '../repository/repository.ts'

/** The lock that a read asks for, if it does. @throws UnsupportedError outside a transaction, where it would be gone at once */
export function lockOf({ tx, lock, onLocked }: LockOptions, entity: string): Pick<LockOptions, 'lock' | 'onLocked'> | undefined {
  if (lock === undefined && onLocked === undefined) return undefined
  if (lock === undefined) throw new UnsupportedError(`onLocked needs a lock to ask for on ${entity}.`, { entity })
  if (tx === undefined) throw new UnsupportedError(`Rows of ${entity} are locked inside a transaction only.`, { entity })
  return { lock, ...(onLocked && { onLocked }) }
}
