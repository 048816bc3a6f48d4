import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { SqlDialect } from '../../src/migrations/files/sql-tokens.ts'
import { generateMigration, type GenerateOptions, type GenerateOutcome } from '../../src/migrations/index.ts'

type Flags = Partial<Omit<GenerateOptions, 'dialect' | 'source'>>

/** A folder of migrations that is gone after the test. */
export interface MigrationFolder {
  readonly path: string
  generate(tables: Record<string, unknown>, flags?: Flags): Promise<GenerateOutcome>
  /** Generates, and answers the texts that were written. @throws Error for a refusal, with its needs */
  write(tables: Record<string, unknown>, flags?: Flags): Promise<{ up: string; down: string; snapshot: string }>
  /** As `write`, with a reason for every danger of the lint. */
  writeWithReasons(tables: Record<string, unknown>, flags?: Flags): Promise<{ up: string; down: string; snapshot: string }>
  names(): Promise<string[]>
}

export async function createMigrationFolder(dialect: SqlDialect = 'postgres'): Promise<MigrationFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'generated-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const generate = (tables: Record<string, unknown>, flags: Flags = {}): Promise<GenerateOutcome> =>
    generateMigration({ name: 'change', ...flags, dialect, source: { folder, tables } })
  const write: MigrationFolder['write'] = async (tables, flags) => {
    const outcome = await generate(tables, flags)
    if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome, undefined, 2))
    const read = (file: string): Promise<string> => readFile(path.join(folder, outcome.name, file), 'utf8')
    return { up: await read('up.sql'), down: await read('down.sql'), snapshot: await read('snapshot.json') }
  }
  return {
    path: folder,
    generate,
    write,
    async writeWithReasons(tables, flags) {
      const outcome = await generate(tables, flags)
      const needed =
        outcome.kind === 'refused'
          ? outcome.needs.flatMap(({ flags: [first = ''] }) => first.replace('<reason>', 'the tables are small'))
          : []
      const values = (flag: string): string[] =>
        needed.filter((each) => each.startsWith(`${flag} `)).map((each) => each.slice(flag.length + 1))
      return write(tables, { ...flags, allow: values('--allow'), contract: values('--contract')[0] })
    },
    names: async () => (await readdir(folder)).toSorted(),
  }
}

/** What a refusal names, one line for each need. */
export function flagsOf(outcome: GenerateOutcome): string[][] {
  if (outcome.kind !== 'refused') throw new Error(`it was ${outcome.kind}`)
  return outcome.needs.map(({ flags }) => [...flags])
}

export function problemsOf(outcome: GenerateOutcome): string[] {
  if (outcome.kind !== 'refused') throw new Error(`it was ${outcome.kind}`)
  return outcome.needs.map(({ problem }) => problem)
}
