import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))

export interface Workspace {
  /** As in package.json. */
  name: string
  /** From the root, with forward slashes: `packages/testing`. */
  folder: string
  hasTests: boolean
}

/** Every folder of apps and packages that has a package.json, in a fixed order. */
export async function listWorkspaces(root = repositoryRoot): Promise<Workspace[]> {
  const found: Workspace[] = []
  for (const group of ['packages', 'apps']) {
    for (const entry of (await readdir(path.join(root, group))).toSorted()) {
      const manifest = await readManifest(path.join(root, group, entry, 'package.json'))
      if (manifest) found.push({ name: manifest.name, folder: `${group}/${entry}`, hasTests: manifest.scripts?.test !== undefined })
    }
  }
  return found
}

interface Manifest {
  name: string
  scripts?: Record<string, string>
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}
