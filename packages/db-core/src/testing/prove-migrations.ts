import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Catalog, compareCatalogs } from '../migrations/catalog/catalog.ts'
import { readMigrations } from '../migrations/files/read-migrations.ts'
import { generateMigration } from '../migrations/generate/generate-migration.ts'
import { migrateDown } from '../migrations/runner/migrate-down.ts'
import { migrateUp } from '../migrations/runner/migrate-up.ts'
import { languageOf, openMigrationStore, requireSource } from '../migrations/runner/open-migration-store.ts'
import type { MigrationSources, SqlMigrations } from '../migrations/store/migration-source.ts'

export interface ProofOptions {
  /** An empty database, which is empty no more afterwards. */
  readonly url: string
  readonly sources: MigrationSources
  /** Facts of the catalog that migrations make by hand and no table declares, such as `trigger users.stamp`. */
  readonly byHand?: readonly string[]
}

/**
 * Shows on a real database that every migration goes up, down and up again and leaves the same catalog each time, and that all of
 * them together make what the tables declare. A migration without a way back only goes up. @throws Error that lists each difference
 */
export async function proveMigrations(options: ProofOptions): Promise<void> {
  const language = languageOf(options.url)
  const migrations = await readMigrations(requireSource(options.sources, language).folder, language)
  const declared = await catalogOfTables(options)
  let before = await readCatalog(options)
  for (const { name, down } of migrations) {
    await migrateUp({ ...options, target: name })
    const after = await readCatalog(options)
    if (down !== undefined) await proveWayBack(options, { name, before, after })
    before = after
  }
  if (declared)
    requireEqual('All migrations together do not make what the tables declare', { expected: declared, found: without(before, options) })
}

async function proveWayBack(
  options: ProofOptions,
  { name, before, after }: { name: string; before: Catalog; after: Catalog },
): Promise<void> {
  await migrateDown(options)
  requireEqual(`${name} leaves something else behind when it is undone`, { expected: before, found: await readCatalog(options) })
  await migrateUp({ ...options, target: name })
  requireEqual(`${name} makes something else when it is applied again`, { expected: after, found: await readCatalog(options) })
}

/** What the tables alone make: one migration generated from nothing, applied, read and undone. */
async function catalogOfTables(options: ProofOptions): Promise<Catalog | undefined> {
  const language = languageOf(options.url)
  if (language === 'mongo') return undefined
  const { tables } = requireSource(options.sources, language)
  if (tables === undefined) return undefined
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-proof-'))
  try {
    const source: SqlMigrations = { folder, tables }
    const outcome = await generateMigration({ dialect: language, source, name: 'all' })
    if (outcome.kind === 'refused') throw new Error(outcome.needs.map(({ problem }) => problem).join('\n'))
    return await builtBy({ ...options, sources: { [language]: source } })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function builtBy(options: ProofOptions): Promise<Catalog> {
  const empty = await readCatalog(options)
  await migrateUp(options)
  const built = await readCatalog(options)
  await migrateDown({ ...options, target: '0' })
  requireEqual('What the tables declare is not undone wholly', { expected: empty, found: await readCatalog(options) })
  return built
}

async function readCatalog({ url, sources }: ProofOptions): Promise<Catalog> {
  const store = await openMigrationStore({ url, sources, waitMs: 60_000 })
  try {
    return await store.readCatalog()
  } finally {
    await store.close()
  }
}

function without(catalog: Catalog, { byHand = [] }: ProofOptions): Catalog {
  return Object.fromEntries(Object.entries(catalog).filter(([object]) => !byHand.includes(object)))
}

function requireEqual(problem: string, { expected, found }: { expected: Catalog; found: Catalog }): void {
  const differences = compareCatalogs(expected, found)
  if (differences.length === 0) return
  const lines = differences.map(
    (difference) => `  ${difference.object}: ${difference.expected ?? 'nothing'} became ${difference.found ?? 'nothing'}`,
  )
  throw new Error(`${problem}:\n${lines.join('\n')}`)
}
