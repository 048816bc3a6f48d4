import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GenerateOutcome } from '../generate/generate-migration.ts'
import { UsageError } from './usage-error.ts'

export interface MongoMigrationRequest {
  readonly folder: URL | string
  /** What it does, `split-names`; the number comes by itself. */
  readonly name: string
  readonly irreversible?: string | undefined
  readonly dryRun?: boolean
}

/** Writes the empty scripts of the next data migration: what they do cannot be told from the collections. @throws UsageError */
export async function generateMongoMigration(request: MongoMigrationRequest): Promise<Extract<GenerateOutcome, { kind: 'written' }>> {
  const root = typeof request.folder === 'string' ? request.folder : fileURLToPath(request.folder)
  const name = `${await nextNumber(root)}-${requireName(request.name)}`
  const folder = path.join(root, name)
  const files = [
    { path: path.join(folder, 'up.ts'), text: script('up') },
    {
      path: path.join(folder, 'down.ts'),
      text: request.irreversible === undefined ? script('down') : `// irreversible: ${request.irreversible}\n`,
    },
  ]
  if (request.dryRun !== true) {
    await mkdir(folder, { recursive: true })
    for (const file of files) await writeFile(file.path, file.text, { flag: 'wx' })
  }
  return { kind: 'written', name, folder, files }
}

function requireName(name: string): string {
  if (/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(name)) return name
  throw new UsageError(`${name} is no name of a migration: small letters, digits and hyphens, such as split-full-names.`, 'generate')
}

async function nextNumber(root: string): Promise<string> {
  const names = await readdir(root).catch(() => [])
  const last = names.reduce((highest, name) => Math.max(highest, Number(/^\d{4}(?=-)/u.exec(name)?.[0] ?? 0)), 0)
  return String(last + 1).padStart(4, '0')
}

function script(direction: 'up' | 'down'): string {
  return `import type { MongoMigrationContext } from '@polystore/db-core/migrations'

export async function ${direction}({ inBatches }: MongoMigrationContext): Promise<void> {
  // await inBatches({ collection: 'users', filter: { phone: { $exists: false } }, change: { $set: { phone: null } } })
}
`
}
