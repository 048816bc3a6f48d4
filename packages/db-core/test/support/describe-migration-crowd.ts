import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createMigrationWorld, type MigrationFiles, type MigrationHarness, type MigrationWorld } from './migration-world.ts'
import { seededRandom } from './seeded-random.ts'

const script = fileURLToPath(new URL('migrate-process.ts', import.meta.url))
const replicas = 8
const seeds = Number(process.env['MIGRATION_SEEDS'] ?? 3)

/** Writes the migration of a number; each inserts its name into `runs`, so that one that ran twice shows. */
export type WriteMigration = (name: string, number: number) => MigrationFiles[string]

/** Many replicas start at once, the one at work is killed, and nothing runs twice or not at all. */
export function describeMigrationCrowd(harness: MigrationHarness, write: WriteMigration): void {
  describe(`${replicas} processes on ${harness.dialect.kind}, the one at work killed`, () => {
    test.for(Array.from({ length: seeds }, (_, index) => index + 1))('seed %i', async (seed) => {
      const files = twenty(write)
      const world = await createMigrationWorld(harness, files)
      const random = seededRandom(seed)
      const killAt = { lines: Math.floor(random() * 15), milliseconds: random() * 40 }
      const outcomes = await runCrowd(world, { kind: harness.dialect.kind, killAt })
      expect(outcomes.filter(({ signal }) => signal === 'SIGKILL')).toHaveLength(1)
      expect(outcomes.filter(({ code }) => code === 0)).toHaveLength(replicas - 1)
      expect(await world.up()).toMatchObject({ exitCode: 0, drift: [], changed: [] })
      const runs = await world.sql('select name from runs order by name')
      expect(runs.map(({ name }) => name)).toEqual(Object.keys(files))
    })
  })
}

function twenty(write: WriteMigration): MigrationFiles {
  return Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => {
      const name = `${String(index + 1).padStart(4, '0')}-step`
      return [name, write(name, index + 1)]
    }),
  )
}

interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

interface Crowd {
  readonly kind: string
  readonly killAt: { readonly lines: number; readonly milliseconds: number }
}

/** Kills the process that tells of a migration, so many milliseconds after so many of them. */
async function runCrowd(world: MigrationWorld, { kind, killAt }: Crowd): Promise<Outcome[]> {
  const children = Array.from({ length: replicas }, () => start([kind, world.url, world.folder]))
  let applied = 0
  for (const child of children) {
    child.lines.on('line', (line) => {
      if (line.startsWith('applied') && applied++ === killAt.lines) setTimeout(() => child.process.kill('SIGKILL'), killAt.milliseconds)
    })
  }
  return Promise.all(children.map(({ ended }) => ended))
}

export interface MigrateProcess {
  readonly process: ChildProcess
  readonly lines: ReturnType<typeof createInterface>
  readonly ended: Promise<Outcome>
}

/** Starts a replica; it ends by itself. */
export function start(args: readonly string[]): MigrateProcess {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then((): Outcome => ({ code: child.exitCode, signal: child.signalCode }))
  return { process: child, lines: createInterface({ input: child.stdout }), ended }
}
