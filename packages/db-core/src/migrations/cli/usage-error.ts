import type { CommandName } from './command-table.ts'

/** A command that cannot be understood, or that cannot be run where it was given: exit code 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** Whose usage is shown; undefined for that of all. */
  readonly command: CommandName | undefined

  constructor(message: string, command?: CommandName) {
    super(message)
    this.command = command
  }
}
