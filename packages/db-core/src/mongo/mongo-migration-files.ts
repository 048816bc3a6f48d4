import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MigrationError } from '../migrations/migration-error.ts'
import type { Migration } from '../migrations/migration-files.ts'
import type { MongoDatabase } from './mongo-database.ts'

/** A data migration: a folder `NNNN-what-it-does` with `up.ts`, and `down.ts` where there is a way back. */
export interface MongoMigration extends Migration {
  readonly directory: string
}

const folderName = /^\d{4}-[a-z0-9-]+$/

/** Reads all data migrations of a folder, in order; a folder that does not exist has none. @throws MigrationError */
export async function readMongoMigrations(folder: URL | string): Promise<MongoMigration[]> {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const entries = await orNothing(readdir(root, { withFileTypes: true }))
  const names = (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const odd = names.find((name) => !folderName.test(name))
  if (odd !== undefined) throw new MigrationError(`The folder ${odd} is not named NNNN-what-it-does.`)
  return await Promise.all(names.toSorted().map((name) => readMigration(root, name)))
}

async function readMigration(root: string, name: string): Promise<MongoMigration> {
  const directory = path.join(root, name)
  const up = await orNothing(readFile(path.join(directory, 'up.ts'), 'utf8'))
  if (up === undefined) throw new MigrationError(`${name} has no up.ts.`)
  const down = await orNothing(readFile(path.join(directory, 'down.ts'), 'utf8'))
  return { name, directory, up, down, checksum: checksumOf(up) }
}

/** Runs the function `up` or `down` that the file of that name exports. @throws MigrationError when there is none */
export async function runScript(migration: MongoMigration, direction: 'up' | 'down', database: MongoDatabase): Promise<void> {
  const file = path.join(migration.directory, `${direction}.ts`)
  const loaded: unknown = await import(pathToFileURL(file).href)
  const script: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, direction) : undefined
  if (typeof script !== 'function') throw new MigrationError(`${migration.name} exports no function ${direction}.`)
  await Reflect.apply(script, undefined, [database])
}

async function orNothing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Line ends and blanks at line ends do not count, for tools change them. */
function checksumOf(source: string): string {
  return createHash('sha256')
    .update(source.replaceAll(/[ \t]*\r?\n/g, '\n').trim())
    .digest('hex')
}
