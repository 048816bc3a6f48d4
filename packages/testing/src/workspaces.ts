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

/** Every workspace, in a fixed order. */
export async function listWorkspaces(root = repositoryRoot): Promise<Workspace[]> {
  const groups = ['packages', 'apps'].map(async (group) =>
    (await readdir(path.join(root, group))).toSorted().map((entry) => `${group}/${entry}`),
  )
  const folders = [...(await Promise.all(groups)).flat(), 'infra']
  const found = await Promise.all(
    folders.map(async (folder) => ({ folder, manifest: await readManifest(path.join(root, folder, 'package.json')) })),
  )
  return found.flatMap(({ folder, manifest }) =>
    manifest ? [{ name: manifest.name, folder, hasTests: manifest.scripts?.test !== undefined }] : [],
  )
}

interface Manifest {
  name: string
  scripts?: Record<string, string>
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}
