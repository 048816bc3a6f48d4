import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MigrationSources } from '../store/migration-source.ts'
import { storeKinds } from './choose-source.ts'
import type { CommandOption } from './command-table.ts'
import { UsageError } from './usage-error.ts'

const defaultFile = './db.config.ts'

export const configOption: CommandOption = {
  name: 'config',
  value: 'file',
  help: `a module that exports its MigrationSources as \`sources\`; ${defaultFile} when left out`,
}

/** The `sources` that a configuration module exports. @throws UsageError */
export async function loadConfig(file = defaultFile): Promise<MigrationSources> {
  const absolute = path.resolve(file)
  if (!existsSync(absolute)) throw new UsageError(`There is no ${file}: --config=<file> names the module that exports \`sources\`.`)
  const loaded = await load(absolute)
  const sources: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'sources') : undefined
  if (isSources(sources)) return sources
  throw new UsageError(`${file} exports no \`sources\` with ${storeKinds.join(', ')} as MigrationSources.`)
}

async function load(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw new UsageError(`${path.basename(file)} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Looks at the outline alone: the module's own types have told the rest. */
function isSources(value: unknown): value is MigrationSources {
  if (typeof value !== 'object' || value === null) return false
  const kinds = Object.keys(value)
  return kinds.length > 0 && kinds.every((kind) => storeKinds.some((known) => known === kind)) && Object.values(value).every(hasFolder)
}

function hasFolder(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'folder' in value
}
