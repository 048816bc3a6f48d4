import type { CollectionDefinition } from '../mongo/mongo-collection.ts'
import { RepositoryError } from '../errors/repository-error.ts'
import { migrate, type MigrationReport } from './migrate.ts'
import { readCommand, type MigrationCommand } from './migration-command.ts'
import { MigrationError } from './migration-error.ts'

export interface PostgresMigrations {
  readonly store: 'postgres'
  readonly folder: URL | string
}

export interface MongoMigrations {
  readonly store: 'mongo'
  /** Data migrations; it need not exist. */
  readonly folder: URL | string
  /** Their validators and indexes are reconciled by `up`. */
  readonly collections: readonly CollectionDefinition[]
}

export type Migrations = PostgresMigrations | MongoMigrations

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Runs `up`, `down` or `status` for one service and sets the exit code: 0 clean, 1 failed, and for `status` 2 pending,
 * 3 applied but missing from the folder, 4 changed after being applied. Reads DATABASE_URL or MONGO_URL.
 */
export async function runMigrationCli(definition: Migrations, args: readonly string[], env: Environment): Promise<void> {
  try {
    process.exitCode = await run(definition, readCommand(args), env)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = error instanceof MigrationError ? error.exitCode : 1
  }
}

async function run(definition: Migrations, command: MigrationCommand, env: Environment): Promise<number> {
  const report = await migrateStore(definition, command, env)
  if (command.action !== 'status') return conclude(report)
  print(command.json ? JSON.stringify({ exitCode: report.exitCode, migrations: report.migrations }) : describe(report))
  return report.exitCode
}

async function migrateStore(definition: Migrations, command: MigrationCommand, env: Environment): Promise<MigrationReport> {
  const { folder } = definition
  const options = { folder, command: command.action, target: command.target, log: print }
  if (definition.store === 'postgres') return migrate({ url: requireUrl(env, 'DATABASE_URL'), ...options })
  // A service on PostgreSQL alone need not have the MongoDB driver.
  const { migrateMongo } = await import('../mongo/migrate-mongo.ts')
  return migrateMongo({ url: requireUrl(env, 'MONGO_URL'), collections: definition.collections, ...options })
}

function requireUrl(env: Environment, name: string): string {
  const url = env[name]
  if (!url) throw new MigrationError(`${name} is not set.`)
  return url
}

function conclude({ changed, migrations }: MigrationReport): number {
  const pending = migrations.filter(({ state }) => state === 'pending').length
  print(changed.length === 0 ? `nothing to do, ${pending} pending` : `${changed.length} done, ${pending} pending`)
  return 0
}

function describe({ migrations }: MigrationReport): string {
  if (migrations.length === 0) return 'no migrations'
  return migrations.map(({ name, state, appliedAt }) => [state.padEnd(8), name, appliedAt].filter(Boolean).join(' ')).join('\n')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Only messages that are known to hold no secret are shown. */
function messageOf(error: unknown): string {
  if (error instanceof MigrationError || error instanceof RepositoryError) return error.message
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `The migrations failed${code}.`
}
