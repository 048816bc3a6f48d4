import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MigrationError } from '../store/migration-error.ts'
import { checksumOf } from './migration-checksum.ts'
import { readHeaders, type MigrationHeaders } from './migration-headers.ts'
import { isMissing, readMigrationNames, rootOf } from './migration-names.ts'
import type { Migration, MigrationLanguage, MigrationScript } from '../store/migration.ts'
import { splitStatements } from './split-statements.ts'

/** Reads all migrations of a folder, in order. A folder that does not exist has none. @throws MigrationError for one that is wrongly made */
export async function readMigrations(folder: URL | string, language: MigrationLanguage): Promise<Migration[]> {
  const root = rootOf(folder)
  const names = await readMigrationNames(root)
  return Promise.all(names.map((name) => readMigration(root, { name, language })))
}

async function readMigration(root: string, { name, language }: { name: string; language: MigrationLanguage }): Promise<Migration> {
  const extension = language === 'mongo' ? 'ts' : 'sql'
  const mark = language === 'mongo' ? '//' : '--'
  const [up, down] = await Promise.all([readFileOf('up'), readFileOf('down')])
  if (up === undefined) throw new MigrationError(`${name} has no up.${extension}.`)
  const headers = readHeaders(up, mark)
  const checksum = checksumOf(up.text, { language, headers })
  return {
    name,
    up: scriptOf(up, headers),
    ...wayBack(down, language),
    ...(headers.contract !== undefined && { contract: headers.contract }),
    checksum,
  }

  async function readFileOf(direction: 'up' | 'down'): Promise<RawFile | undefined> {
    const file = path.join(root, name, `${direction}.${extension}`)
    const text = await readText(file)
    return text === undefined ? undefined : { path: file, text }
  }
}

interface RawFile {
  readonly path: string
  readonly text: string
}

function scriptOf({ path: file, text }: RawFile, { transaction }: MigrationHeaders): MigrationScript {
  return { path: file, text, transaction }
}

function wayBack(file: RawFile | undefined, language: MigrationLanguage): Pick<Migration, 'down' | 'irreversible'> {
  if (file === undefined) return { down: undefined }
  const headers = readHeaders(file, language === 'mongo' ? '//' : '--')
  if (headers.irreversible === undefined) return { down: scriptOf(file, headers) }
  if (!isEmpty(file.text, language))
    throw new MigrationError(`${file.path}: "irreversible" stands alone; leave out either it or the statements.`)
  return { down: undefined, irreversible: headers.irreversible }
}

function isEmpty(text: string, language: MigrationLanguage): boolean {
  if (language === 'mongo') return text.split(/\r?\n/).every((line) => line.trim() === '' || line.trim().startsWith('//'))
  return splitStatements(text, language).length === 0
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
