/** What SQLite answered to a statement, and to which. */
export class SqliteFailure extends Error {
  /** The extended result code; undefined for what node:sqlite refuses by itself. */
  readonly resultCode: number | undefined
  /** The code of Node, such as ERR_INVALID_ARG_TYPE. */
  readonly nodeCode: string
  readonly statement: string

  constructor(cause: unknown, statement: string) {
    super(cause instanceof Error ? cause.message : 'SQLite failed', { cause })
    this.resultCode = resultCodeOf(cause)
    const nodeCode = property(cause, 'code')
    this.nodeCode = typeof nodeCode === 'string' ? nodeCode : ''
    this.statement = statement
  }
}

export const resultCodes = { busy: 5, busyRecovery: 261, busySnapshot: 517, busyTimeout: 773, protocol: 15 } as const

const lockCodes: ReadonlySet<number | undefined> = new Set([
  resultCodes.busy,
  resultCodes.busyRecovery,
  resultCodes.busyTimeout,
  resultCodes.protocol,
])

/** True for a lock that waiting may free. A transaction whose snapshot is outdated waits in vain; a lone statement takes a new one. */
export function isLocked(error: unknown, inTransaction: boolean): boolean {
  const code = resultCodeOf(error)
  return lockCodes.has(code) || (code === resultCodes.busySnapshot && !inTransaction)
}

function resultCodeOf(error: unknown): number | undefined {
  const code = property(error, 'errcode')
  return typeof code === 'number' ? code : undefined
}

function property(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
}
