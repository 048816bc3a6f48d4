import type { TransactionOptions } from '../../repository/transaction.ts'

/** Takes the write lock at once: a transaction that only asks for it at its first write may have read what is outdated by then. */
export const beginWrite = 'begin immediate'

/** Refuses writes until the driver takes it back at the end of the transaction. */
export const readOnly = 'pragma query_only = on'

/**
 * Every transaction of SQLite is serializable, which is more than any other level asks for. `repeatable read` does not wait for other
 * writers before its own first write, which is a serialization failure if one of them was faster.
 */
export function beginTexts(options: TransactionOptions): readonly string[] {
  if (options.readOnly) return ['begin', readOnly]
  return [options.isolation === 'repeatable read' ? 'begin' : beginWrite]
}
