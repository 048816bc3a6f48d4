import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import type { Catalog } from '../../src/migrations/catalog/catalog.ts'
import { checkMigrations, generateMigration, migrateDown, migrateUp } from '../../src/migrations/index.ts'
import type { GenerateOptions } from '../../src/migrations/generate/generate-options.ts'
import type { MigrationHarness } from './migration-world.ts'
import { insertRows, readKeptRows } from './random-rows.ts'
import { type Evolution, randomEvolution, type SchemaSpec } from './random-schema.ts'
import { defaults, drizzleTables } from './random-tables.ts'

/** One random change of a random schema, generated, applied to tables with rows, undone and applied again. */
export async function proveEvolution(harness: MigrationHarness, seed: number): Promise<void> {
  const evolution = randomEvolution(seed)
  await using world = await openWorld(harness)
  await world.generate('begin', evolution.before, evolution)
  await world.up()
  const first = await world.catalog()
  await world.insert(evolution.before, 1)
  if (!(await world.generate('evolve', evolution.after, evolution))) return
  await world.up()
  const second = await world.catalog()
  const kept = await world.keptRows(evolution)
  await world.insert(evolution.after, 4)
  await world.down()
  expect(await world.catalog()).toEqual(first)
  await world.up()
  expect(await world.catalog()).toEqual(second)
  expect(await world.keptRows(evolution)).toEqual(expect.objectContaining(kept))
  await using fresh = await openWorld(harness)
  await fresh.generate('all', evolution.after, evolution)
  await fresh.up()
  expect(second).toEqual(await fresh.catalog())
  expect(await world.generate('nothing', evolution.after, { ...evolution, renames: [] })).toBe(false)
  expect(await world.check(evolution.after)).toEqual([])
}

interface EvolvingWorld extends AsyncDisposable {
  /** False when there is nothing to do. */
  generate(name: string, spec: SchemaSpec, evolution: Evolution): Promise<boolean>
  up(): Promise<unknown>
  down(): Promise<unknown>
  catalog(): Promise<Catalog>
  insert(spec: SchemaSpec, first: number): Promise<void>
  /** By table and id of the rows that were there before: the columns that no change touches. */
  keptRows(evolution: Evolution): Promise<Record<string, unknown>>
  check(spec: SchemaSpec): Promise<unknown[]>
}

async function openWorld({ dialect, createDatabase }: MigrationHarness): Promise<EvolvingWorld> {
  const { url, drop } = await createDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'evolution-'))
  const options = { url, sources: { [dialect.kind]: { folder } }, waitMs: 20_000 }
  const session = await dialect.open(url, 10_000)
  return {
    async generate(name, spec, evolution) {
      const source = { folder, tables: drizzleTables(dialect.kind, spec) }
      return generateWithConsent({ dialect: dialect.kind, source, name, renames: name === 'evolve' ? evolution.renames : [] }, evolution)
    },
    up: () => migrateUp(options),
    down: () => migrateDown(options),
    catalog: () => dialect.readCatalog(session),
    insert: (spec, first) => insertRows(session, { dialect: dialect.kind, spec, first }),
    async keptRows(evolution) {
      const entries = untouchedColumns(evolution).map(async ({ table, columns }) => {
        const rows = await readKeptRows(session, { dialect: dialect.kind, table, columns })
        return rows.map((row, position) => [`${table} ${position}`, row] as const)
      })
      return Object.fromEntries((await Promise.all(entries)).flat())
    },
    check: (spec) => checkMigrations({ [dialect.kind]: { folder, tables: drizzleTables(dialect.kind, spec) } }),
    async [Symbol.asyncDispose]() {
      await session.close()
      await drop()
      await rm(folder, { recursive: true })
    },
  }
}

function untouchedColumns({ before, after }: Evolution): { table: string; columns: string[] }[] {
  return after.tables.flatMap((table) => {
    const old = before.tables.find(({ name }) => name === table.name)
    if (!old) return []
    const columns = table.columns.filter(
      (column) => column.kind !== 'state' && old.columns.some((other) => JSON.stringify(other) === JSON.stringify(column)),
    )
    return [{ table: table.name, columns: columns.map(({ name }) => name) }]
  })
}

/** Gives each flag that a refusal names, and generates again: what the refusals say must be enough. */
async function generateWithConsent(options: GenerateOptions, evolution: Evolution): Promise<boolean> {
  const given = new Set<string>(enumFills(options, evolution))
  for (let attempt = 0; attempt < 4; attempt++) {
    const outcome = await generateMigration({ ...options, ...readFlags([...given]) })
    if (outcome.kind !== 'refused') return outcome.kind === 'written'
    for (const { problem, flags } of outcome.needs) {
      expect(flags, problem).not.toHaveLength(0)
      given.add(answer(flags[0] ?? '', evolution))
    }
  }
  throw new Error(`flags that were named are not enough: ${[...given].join(' ')}`)
}

/** Rows hold every value of the enum, so what becomes of those that go has to be said. */
function enumFills({ dialect, name }: GenerateOptions, { before, after, renames }: Evolution): string[] {
  if (name !== 'evolve' || dialect === 'sqlite' || before.states.join() === after.states.join()) return []
  return after.tables.flatMap((table) => {
    const oldTable = before.tables.find((old) => old.name === oldName(table.name, renames))
    const held = table.columns.filter(({ name: column, kind }) => {
      const old = oldTable?.columns.find((each) => each.name === oldName(column, renames))
      return kind === 'state' && old?.kind === 'state'
    })
    return held.map((column) => `--fill ${table.name}.${column.name}='open'`)
  })
}

function oldName(fresh: string, renames: readonly string[]): string {
  const rename = renames.find((each) => each.endsWith(`:${fresh}`))
  return /(\w+):/.exec(rename ?? '')?.[1] ?? fresh
}

function answer(flag: string, { before, after }: Evolution): string {
  const column = /^--fill \w+\.(\w+)=/.exec(flag)?.[1]
  if (column === undefined) return flag.replace('<reason>', 'the random test has no older code')
  const all = [...after.tables, ...before.tables].flatMap((table) => table.columns)
  const kind = all.find(({ name }) => name === column)?.kind ?? 'int'
  const value = kind === 'text' ? "'7'" : defaults[kind]
  // Not a literal, for which there is another way.
  return flag.replace('<SQL expression>', kind === 'int' && column.endsWith('1') ? '(3 + 4)' : value)
}

function readFlags(given: readonly string[]): Pick<GenerateOptions, 'allowDrops' | 'fills' | 'allow' | 'contract'> {
  const values = (flag: string): string[] => given.filter((each) => each.startsWith(`${flag} `)).map((each) => each.slice(flag.length + 1))
  return { allowDrops: values('--allow-drop'), fills: values('--fill'), allow: values('--allow'), contract: values('--contract')[0] }
}
