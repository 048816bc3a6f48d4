import { RepositoryError } from '../../errors/repository-error.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSources } from '../store/migration-source.ts'
import { runBaseline, runDown, runRepair, runUp } from './change-commands.ts'
import type { CliCommand, CliResult } from './cli-command.ts'
import type { CommandName } from './command-table.ts'
import { parseCommand, type ParsedCommand } from './parse-command.ts'
import { runCurrent, runHistory, runPlan, runStatus } from './read-commands.ts'
import { type CliStreams, type Environment, openTerminal, type Terminal } from './terminal.ts'
import { type Program, usageOf } from './usage.ts'
import { UsageError } from './usage-error.ts'

export interface CommandLine {
  readonly program: Program
  readonly loadSources: (command: ParsedCommand) => Promise<MigrationSources>
  readonly args: readonly string[]
  readonly env: Environment
  readonly streams: CliStreams
}

// What writes and reads files alone is loaded when it is needed: images never do.
const commands: Readonly<Record<CommandName, CliCommand>> = {
  generate: tellAll(async (context) => (await import('./file-commands.ts')).runGenerate(context)),
  up: runUp,
  down: runDown,
  status: runStatus,
  history: runHistory,
  current: runCurrent,
  plan: runPlan,
  check: tellAll(async (context) => (await import('./file-commands.ts')).runCheck(context)),
  repair: runRepair,
  baseline: runBaseline,
}

/** Runs one command and answers its exit code; docs/migrations.md lists them. */
export async function runCommandLine({ program, loadSources, args, env, streams }: CommandLine): Promise<number> {
  const terminal = openTerminal(streams, env)
  const json = args.includes('--json')
  try {
    const command = parseCommand(args, program.options)
    if (!command || command.has('help')) return printHelp(terminal, usageOf(program, command?.name))
    const context = { sources: await loadSources(command), command, env, terminal }
    return printResult(terminal, json, await commands[command.name](context))
  } catch (error) {
    return printFailure({ program, terminal, json, error })
  } finally {
    terminal.close()
  }
}

function printHelp(terminal: Terminal, text: string): number {
  terminal.print(text)
  return 0
}

function printResult(terminal: Terminal, json: boolean, result: CliResult): number {
  terminal.print(json ? JSON.stringify(result.json, undefined, 2) : result.text)
  return result.exitCode
}

function printFailure({ program, terminal, json, error }: { program: Program; terminal: Terminal; json: boolean; error: unknown }): number {
  const message = messageOf(error)
  const exitCode = error instanceof UsageError ? 64 : error instanceof MigrationError ? error.exitCode : 1
  if (json) terminal.print(JSON.stringify({ exitCode, error: message }, undefined, 2))
  terminal.log(message)
  if (error instanceof UsageError) terminal.log(`\n${usageOf(program, error.command)}`)
  return exitCode
}

/** For commands that talk to no database: whatever went wrong holds no secret. */
function tellAll(command: CliCommand): CliCommand {
  return async (context) => {
    try {
      return await command(context)
    } catch (error) {
      throw isTold(error) || !(error instanceof Error) ? error : new MigrationError(error.message, { cause: error })
    }
  }
}

function isTold(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof MigrationError || error instanceof RepositoryError
}

/** Only messages that are known to hold no secret are shown: those of drivers may quote a URL or a row. */
function messageOf(error: unknown): string {
  if (isTold(error)) return error.message
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `The command failed${code}.`
}
