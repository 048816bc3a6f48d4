import type { MigrationSources } from '../store/migration-source.ts'
import type { ParsedCommand } from './parse-command.ts'
import type { Environment, Terminal } from './terminal.ts'

/** What a command has to work with. */
export interface CliContext {
  readonly sources: MigrationSources
  readonly command: ParsedCommand
  readonly env: Environment
  readonly terminal: Terminal
}

export interface CliResult {
  readonly exitCode: number
  /** For `--json`. */
  readonly json: unknown
  /** For people. */
  readonly text: string
}

export type CliCommand = (context: CliContext) => Promise<CliResult>
