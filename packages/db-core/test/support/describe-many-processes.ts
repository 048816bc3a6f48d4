import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startMigrationProcess, type MigrationProcess } from './migration-process.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationHarness, type MigrationWorld } from './migration-world.ts'

const processes = 8
const migrations = 20
const seeds = Number(process.env['MIGRATION_SEEDS'] ?? 2)

/** Many replicas start at once, and the one at work is killed at some moment: `files` are twenty migrations for `marks (n)`. */
export function describeManyProcesses(harness: MigrationHarness, files: MigrationFiles = ordinaryFiles()): void {
  describe(`migrations on ${harness.dialect.kind}: many processes`, () => {
    test.each(Array.from({ length: seeds }, (_, index) => index + 1))(
      'of eight processes one is killed at work, and each of twenty migrations happens once; seed %i',
      { timeout: 300_000 },
      async (seed) => {
        const world = await createMigrationWorld(harness, files)
        const survivors = await runAndKillOne(world, harness.dialect.kind, seed)
        expect(survivors).toBe(processes - 1)
        expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
        expect((await world.sql('select n from marks order by n')).map(({ n }) => Number(n))).toEqual(
          Array.from({ length: migrations }, (_, n) => n),
        )
        const history = await world.history()
        expect(history.filter(({ event }) => event === 'failed')).toEqual([])
        expect(history.map(({ event, name }) => `${event} ${name}`).toReversed()).toEqual(
          Object.keys(files).map((name) => `applied ${name}`),
        )
      },
    )
  })
}

/** Kills, at a random moment of a migration, the process that is at work; answers how many ended well. */
async function runAndKillOne(world: MigrationWorld, kind: string, seed: number): Promise<number> {
  const random = seededRandom(seed)
  const [fatalLine, share] = [1 + Math.floor((random() * migrations) / 2), random()]
  const appliedAt: number[] = []
  let killing: Promise<void> | undefined
  const hear = (line: string, kill: () => Promise<void> | undefined): void => {
    if (!line.startsWith('applied ')) return
    appliedAt.push(performance.now())
    if (appliedAt.length === fatalLine + 1) killing = delay(share * meanGap(appliedAt)).then(kill)
  }
  const running: MigrationProcess[] = Array.from({ length: processes }, (_, index) =>
    startMigrationProcess(world, kind, { onLine: (line) => hear(line, () => running[index]?.kill()) }),
  )
  const changed = await Promise.all(running.map((one) => one.changed))
  await killing
  return changed.filter((names) => names !== undefined).length
}

function meanGap(moments: readonly number[]): number {
  return ((moments.at(-1) ?? 0) - (moments[0] ?? 0)) / (moments.length - 1)
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Each makes a table, leaves a mark, builds an index and changes the table; a mark or a change that came twice would show. */
export function ordinaryFiles(): MigrationFiles {
  return Object.fromEntries(
    Array.from({ length: migrations }, (_, n) => [
      `${String(n + 1).padStart(4, '0')}-make-t${n}`,
      {
        up: [
          ...(n === 0 ? ['create table marks (n int)'] : []),
          `create table t${n} (id int primary key, name varchar(40))`,
          `insert into marks values (${n})`,
          `create index t${n}_name on t${n} (name)`,
          `alter table t${n} add column extra int`,
        ].join(';\n'),
        down: `drop table t${n}${n === 0 ? ';\ndrop table marks' : `;\ndelete from marks where n = ${n}`}`,
      },
    ]),
  )
}
