/** What went wrong with migrations, in words for the person who runs them. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  /** 1 unless the failure has a code of its own. */
  readonly exitCode: number

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.exitCode = options.exitCode ?? 1
  }
}
