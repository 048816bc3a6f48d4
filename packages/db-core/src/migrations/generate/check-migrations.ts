import type { Migration } from '../store/migration.ts'
import { readMigrations } from '../files/read-migrations.ts'
import type { SqlDialect } from '../files/sql-tokens.ts'
import type { LintFinding } from '../lint/lint-finding.ts'
import { lintMigrations } from '../lint/lint-migrations.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSources, SqlMigrations } from '../store/migration-source.ts'
import { emptySnapshot, originId, snapshotOf } from './kit.ts'
import type { Snapshot } from './snapshot.ts'
import { readSnapshot } from './snapshot-files.ts'
import { unsupportedChanges } from './unsupported.ts'
import { compareSnapshots, writeDirections } from './write-directions.ts'

const dialects = ['postgres', 'mysql', 'sqlite'] as const

/** What is wrong with the migrations of a service, without a database: their names, ways back, snapshots, and what the lint finds. */
export async function checkMigrations(sources: MigrationSources): Promise<LintFinding[]> {
  const checks = dialects.flatMap((dialect) => {
    const source = sources[dialect]
    return source ? [checkSql(dialect, source)] : []
  })
  if (sources.mongo) checks.push(checkMongo(sources.mongo.folder))
  return (await Promise.all(checks)).flat()
}

async function checkSql(dialect: SqlDialect, source: SqlMigrations): Promise<LintFinding[]> {
  return withFolder(
    () => readMigrations(source.folder, dialect),
    async (migrations) => [
      ...checkNumbers(migrations),
      ...migrations.flatMap((migration) => checkWayBack(migration, 'sql')),
      ...(source.tables === undefined ? [] : await checkSnapshots(dialect, { source, tables: source.tables, migrations })),
      ...lintMigrations(migrations, dialect),
    ],
  )
}

function checkMongo(folder: URL | string): Promise<LintFinding[]> {
  return withFolder(
    () => readMigrations(folder, 'mongo'),
    (migrations) => Promise.resolve([...checkNumbers(migrations), ...migrations.flatMap((migration) => checkWayBack(migration, 'ts'))]),
  )
}

/** A folder that cannot be read as migrations is one finding. */
async function withFolder(
  read: () => Promise<Migration[]>,
  check: (migrations: readonly Migration[]) => Promise<LintFinding[]>,
): Promise<LintFinding[]> {
  try {
    return await check(await read())
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error
    return [finding('migrations', { rule: 'unreadable', message: error.message, advice: '' })]
  }
}

function finding(file: string, { rule, message, advice }: Pick<LintFinding, 'rule' | 'message' | 'advice'>): LintFinding {
  return { file, line: 1, rule, message, advice }
}

function checkNumbers(migrations: readonly Migration[]): LintFinding[] {
  const gap = migrations.findIndex(({ name }, position) => Number(name.slice(0, 4)) !== position + 1)
  const name = migrations[gap]?.name
  if (name === undefined) return []
  const expected = String(gap + 1).padStart(4, '0')
  return [
    finding(name, {
      rule: 'number-gap',
      message: `The number ${expected} is missing before ${name}.`,
      advice: 'Number the folders 0001, 0002 and so on, before anyone applies them.',
    }),
  ]
}

function checkWayBack({ name, down, irreversible }: Migration, extension: 'sql' | 'ts'): LintFinding[] {
  if (down !== undefined || irreversible !== undefined) return []
  const mark = extension === 'sql' ? '--' : '//'
  return [
    finding(`${name}/down.${extension}`, {
      rule: 'no-way-back',
      message: `${name} has no way back.`,
      advice: `Write down.${extension}, or in it alone "${mark} irreversible: <reason>".`,
    }),
  ]
}

interface Folder {
  readonly source: SqlMigrations
  readonly tables: Readonly<Record<string, unknown>>
  readonly migrations: readonly Migration[]
}

interface NamedSnapshot {
  readonly name: string
  readonly snapshot: Snapshot | undefined
}

async function checkSnapshots(dialect: SqlDialect, { source, tables, migrations }: Folder): Promise<LintFinding[]> {
  const snapshots = await Promise.all(migrations.map(async ({ name }) => ({ name, snapshot: await readSnapshot(source.folder, name) })))
  const missing = snapshots.filter(({ snapshot }) => snapshot === undefined)
  if (missing.length > 0)
    return missing.map(({ name }) =>
      finding(`${name}/snapshot.json`, {
        rule: 'snapshot-missing',
        message: `${name} has no snapshot.json.`,
        advice: 'Generate it anew, or begin a new migration with --blank and keep its snapshot.',
      }),
    )
  const forks = snapshots.flatMap((each, position) => checkChain(each, snapshots[position - 1]))
  return forks.length > 0 ? forks : checkTables(dialect, { tables, last: snapshots.at(-1) })
}

/** After a merge, two migrations may both begin at the same snapshot: the later one knows nothing of the other. */
function checkChain({ name, snapshot }: NamedSnapshot, previous: NamedSnapshot | undefined): LintFinding[] {
  if (snapshot === undefined || snapshot.prevId === (previous?.snapshot?.id ?? originId)) return []
  return [
    finding(`${name}/snapshot.json`, {
      rule: 'snapshot-fork',
      message: `${name} does not begin where ${previous?.name ?? 'an empty database'} ends: another was merged before it.`,
      advice: `Delete the folder ${name} and generate it anew.`,
    }),
  ]
}

async function checkTables(
  dialect: SqlDialect,
  { tables, last }: { tables: Readonly<Record<string, unknown>>; last: NamedSnapshot | undefined },
): Promise<LintFinding[]> {
  const previous = last?.snapshot ?? (await emptySnapshot(dialect))
  const current = await snapshotOf(dialect, tables, previous.id)
  const directions = compareSnapshots({ dialect, previous, current, renames: [] })
  const { up } = await writeDirections(directions, { fills: new Map() })
  const changes = [...up.map(({ sql }) => sql), ...unsupportedChanges(directions.up, directions.snapshots).map(({ problem }) => problem)]
  const [first] = changes
  if (first === undefined) return []
  const message = `The tables have changed since ${last?.name ?? 'the beginning'}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}, the first ${first.split('\n', 1)[0]}`
  return [finding(`${last?.name ?? 'migrations'}/snapshot.json`, { rule: 'tables-changed', message, advice: 'Generate a migration.' })]
}
