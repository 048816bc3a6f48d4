import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { MigrationError } from '../store/migration-error.ts'

const folderName = /^\d{4}-[a-z0-9-]+$/

/** The names of the migrations in a folder, in order; none for a folder that does not exist. @throws MigrationError for one that is wrongly named */
export async function readMigrationNames(folder: URL | string): Promise<string[]> {
  const names = (await readFolders(rootOf(folder))).toSorted()
  for (const name of names) requireName(name)
  requireOneEach(names)
  return names
}

export function rootOf(folder: URL | string): string {
  return typeof folder === 'string' ? folder : fileURLToPath(folder)
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function readFolders(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function requireName(name: string): void {
  if (!folderName.test(name)) throw new MigrationError(`The folder ${name} is not named NNNN-what-it-does.`)
}

/** Numbers name migrations on the command line, and two of one number would run in an order that nobody chose. */
function requireOneEach(names: readonly string[]): void {
  const twin = names.find((name, index) => names[index + 1]?.slice(0, 4) === name.slice(0, 4))
  if (twin === undefined) return
  const number = twin.slice(0, 4)
  const both = names.filter((name) => name.startsWith(number)).join(' and ')
  throw new MigrationError(
    `Two migrations have the number ${number}: ${both}. Give the one that is not yet applied anywhere the next free number.`,
  )
}
