import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot } from '../../../src/workspaces.ts'

/** The files of the services that keep a route out of the description. */
export async function hiddenRoutes(): Promise<string[]> {
  const hiding: string[] = []
  for await (const file of glob('apps/*/src/**/*.ts', { cwd: repositoryRoot })) {
    const text = await readFile(path.join(repositoryRoot, file), 'utf8')
    if (/\bhide: true\b/u.test(text)) hiding.push(file.replaceAll('\\', '/'))
  }
  return hiding.toSorted()
}
