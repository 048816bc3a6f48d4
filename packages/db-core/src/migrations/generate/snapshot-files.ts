import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MigrationError } from '../store/migration-error.ts'
import { type Snapshot, snapshotSchema } from './snapshot.ts'

export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** A folder of migrations as a path. */
export function folderPath(folder: URL | string): string {
  return typeof folder === 'string' ? folder : fileURLToPath(folder)
}

/** The snapshot of one migration; undefined where it has none. @throws MigrationError for one that is damaged */
export async function readSnapshot(folder: URL | string, name: string): Promise<Snapshot | undefined> {
  const file = path.join(folderPath(folder), name, 'snapshot.json')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : parseSnapshot(text, `${name}/snapshot.json`)
}

function parseSnapshot(text: string, file: string): Snapshot {
  try {
    return snapshotSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new MigrationError(`${file} is no snapshot of drizzle-kit: take it from version control again.`, { cause: error })
  }
}

/** JSON with what is short on one line, so that a change of a column is a change of a line. */
export function renderSnapshot(snapshot: Snapshot): string {
  return `${renderValue(snapshot, '')}\n`
}

const longestLine = 140

function renderValue(value: unknown, indent: string): string {
  const short = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + short.length <= longestLine) return short
  const inner = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((item) => inner + renderValue(item, inner))
    : Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${renderValue(item, inner)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

/** Writes all files of a new migration, or none: they are made in a hidden folder that then gets its name. */
export async function writeMigrationFolder(target: string, files: readonly GeneratedFile[]): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  const temporary = await mkdtemp(path.join(path.dirname(target), '.generate-'))
  try {
    await Promise.all(files.map((file) => writeFile(path.join(temporary, path.basename(file.path)), file.text)))
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}
