import type { MigrationSources } from '../store/migration-source.ts'
import { runCommandLine } from './command-line.ts'
import type { CliStreams, Environment } from './terminal.ts'

/**
 * The command line of one service: runs the command in `args` and sets the exit code. DATABASE_URL or MONGO_URL names the database;
 * POLYSTORE_PROGRAM how the program was called, for the usage.
 */
export async function runMigrationCli(
  sources: MigrationSources,
  args: readonly string[],
  env: Environment,
  streams: CliStreams = process,
): Promise<void> {
  const program = { name: env['POLYSTORE_PROGRAM'] ?? 'migrate', options: [] }
  process.exitCode = await runCommandLine({ program, loadSources: () => Promise.resolve(sources), args, env, streams })
}
