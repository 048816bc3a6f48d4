import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MigrationError } from './migration-error.ts'

export interface Migration {
  /** The folder's name, `NNNN-what-it-does`; migrations run in its order. */
  readonly name: string
  readonly up: string
  /** Undefined when there is no way back. */
  readonly down: string | undefined
  readonly checksum: string
}

const folderName = /^\d{4}-[a-z0-9-]+$/

/** Reads all migrations of a folder, in order. @throws MigrationError for a folder that is none */
export async function readMigrations(folder: URL | string): Promise<Migration[]> {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const entries = await readdir(root, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const odd = names.find((name) => !folderName.test(name))
  if (odd !== undefined) throw new MigrationError(`The folder ${odd} is not named NNNN-what-it-does.`)
  return Promise.all(names.sort().map((name) => readMigration(root, name)))
}

async function readMigration(root: string, name: string): Promise<Migration> {
  const up = await readText(path.join(root, name, 'up.sql'))
  if (up === undefined) throw new MigrationError(`${name} has no up.sql.`)
  return { name, up, down: await readText(path.join(root, name, 'down.sql')), checksum: checksumOf(up) }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Line ends and blanks at line ends do not count, for tools change them. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll(/[ \t]*\r?\n/g, '\n').trim()).digest('hex')
}

/** True for a file whose first line is `-- transaction: off`; it holds one statement, such as CREATE INDEX CONCURRENTLY. */
export function runsOutsideTransaction(sql: string): boolean {
  return /^\s*--\s*transaction:\s*off\s*$/m.test(sql.split('\n', 1)[0] ?? '')
}
