import path from 'node:path'
import { readMigrations } from '../files/read-migrations.ts'
import { MigrationError } from '../store/migration-error.ts'
import { exceptedScripts } from './exceptions.ts'
import { columnsToFill } from './fills.ts'
import type { GenerateOptions } from './generate-options.ts'
import { nextName, readAssignments, requireReason, requireUsedFlags } from './generate-flags.ts'
import { emptySnapshot, snapshotOf } from './kit.ts'
import { fillNeeds, type GenerateNeed, lossNeeds, type RenameCandidate, renameCandidates } from './needs.ts'
import { readRenames } from './rename-snapshot.ts'
import type { Snapshot } from './snapshot.ts'
import { folderPath, type GeneratedFile, readSnapshot, renderSnapshot, writeMigrationFolder } from './snapshot-files.ts'
import { unsupportedChanges } from './unsupported.ts'
import { compareSnapshots, type Directions, writeDirections } from './write-directions.ts'

/** `refused` and `unchanged` have written nothing. */
export type GenerateOutcome =
  | { readonly kind: 'written'; readonly name: string; readonly folder: string; readonly files: readonly GeneratedFile[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly needs: readonly GenerateNeed[]; readonly renames: readonly RenameCandidate[] }

/** Writes the next migration of a folder, up and down, from what the tables are and what the last snapshot says they were. @throws MigrationError */
export async function generateMigration(given: GenerateOptions): Promise<GenerateOutcome> {
  const { dialect, source, irreversible } = given
  const options = { ...given, irreversible: irreversible === undefined ? undefined : requireReason('--irreversible', irreversible) }
  if (source.tables === undefined)
    throw new MigrationError('These migrations name no tables to compare with: give `tables`.', { exitCode: 64 })
  const names = (await readMigrations(source.folder, dialect)).map(({ name }) => name)
  const last = names.at(-1)
  const name = nextName(last, options.name)
  const previous = last === undefined ? await emptySnapshot(dialect) : await readSnapshot(source.folder, last)
  const current = await snapshotOf(dialect, source.tables, previous?.id)
  if (options.blank === true) return finish(options, { name, current, scripts: blankScripts(options) })
  if (previous === undefined)
    throw new MigrationError(`${last} has no snapshot.json, so nothing says what the tables were after it: begin a new one with --blank.`)
  const renames = readRenames(options.renames ?? [], previous)
  const directions = compareSnapshots({ dialect, previous, current, renames })
  return writeFiles(options, { name, last, current, directions })
}

interface Generation {
  readonly name: string
  readonly last: string | undefined
  readonly current: Snapshot
  readonly directions: Directions
}

async function writeFiles(options: GenerateOptions, { name, last, current, directions }: Generation): Promise<GenerateOutcome> {
  const allowDrops = new Set(options.allowDrops)
  const fills = readAssignments('--fill', options.fills ?? [])
  const { irreversible } = options
  requireUsedFlags(directions, { allowDrops, fills })
  const lines = await writeDirections(directions, { fills: withStandIns(directions, fills) })
  const unsupported = unsupportedChanges(directions.up, directions.snapshots)
  if (lines.up.length === 0 && unsupported.length === 0) return { kind: 'unchanged' }
  const needs = [
    ...unsupported,
    ...lossNeeds(directions.up, allowDrops),
    ...fillNeeds({ up: directions.up, down: irreversible === undefined ? directions.down : undefined }, fills),
  ]
  const scripts = await exceptedScripts(options, { name, last, lines })
  const all = [...needs, ...scripts.needs]
  if (all.length > 0) return { kind: 'refused', needs: all, renames: openCandidates(directions, allowDrops) }
  return finish(options, { name, current, scripts })
}

/** What a refusal still has to ask for counts as given, so that it names only the dangers that stay. */
function withStandIns({ up, down }: Directions, fills: ReadonlyMap<string, string>): Map<string, string> {
  const required = [up, down].flatMap((difference) => columnsToFill(difference).required)
  return new Map([...required.map((key) => [key, '0'] as const), ...fills])
}

/** Renames that may be meant: not those whose removal was consented to. */
function openCandidates({ up }: Directions, allowDrops: ReadonlySet<string>): RenameCandidate[] {
  return renameCandidates(up)
    .map(({ to, from }) => ({ to, from: from.filter((key) => !allowDrops.has(key)) }))
    .filter(({ from }) => from.length > 0)
}

function blankScripts({ irreversible }: GenerateOptions): { up: string; down: string } {
  return {
    up: '-- Write what changes; the snapshot beside this file says that the tables are as the code declares them.\n',
    down: irreversible === undefined ? '-- Write how to take it back.\n' : `-- irreversible: ${irreversible}\n`,
  }
}

interface Finished {
  readonly name: string
  readonly current: Snapshot
  readonly scripts: { readonly up: string; readonly down: string }
}

async function finish(options: GenerateOptions, { name, current, scripts }: Finished): Promise<GenerateOutcome> {
  const folder = path.join(folderPath(options.source.folder), name)
  const files = [
    { path: path.join(folder, 'up.sql'), text: scripts.up },
    { path: path.join(folder, 'down.sql'), text: scripts.down },
    { path: path.join(folder, 'snapshot.json'), text: renderSnapshot(current) },
  ]
  if (options.dryRun !== true) await writeMigrationFolder(folder, files)
  return { kind: 'written', name, folder, files }
}
