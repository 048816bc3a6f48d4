import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export interface SourceFile {
  /** From the root, with forward slashes: `apps/orders/src/app.ts`. */
  path: string
  imports: readonly SourceImport[]
  /** Lines without comments, in the file's numbering. */
  lines: readonly string[]
}

export interface SourceImport {
  specifier: string
  /** The file from the root for a relative import, else undefined. */
  target: string | undefined
  line: number
}

/** Every TypeScript source of apps and packages; tests are not part of it. */
export async function readSources(root: string): Promise<SourceFile[]> {
  const sources: SourceFile[] = []
  for (const group of ['apps', 'packages']) {
    for (const workspace of await readdir(path.join(root, group)).catch(() => [])) {
      const folder = path.posix.join(group, workspace, 'src')
      const names = await readdir(path.join(root, folder), { recursive: true }).catch((): string[] => [])
      for (const name of names.toSorted()) {
        const file = path.posix.join(folder, name.split(path.sep).join('/'))
        if (file.endsWith('.ts')) sources.push(parseSource(file, await readFile(path.join(root, file), 'utf8')))
      }
    }
  }
  return sources
}

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/gu

/** Imports of every kind count, types too: who names it, knows it. */
export function parseSource(file: string, text: string): SourceFile {
  const code = blankComments(text)
  const imports = [...code.matchAll(importPattern)].map((match) => ({
    specifier: match[1] ?? '',
    target: resolve(file, match[1] ?? ''),
    line: code.slice(0, match.index).split('\n').length,
  }))
  return { path: file, imports, lines: code.split('\n') }
}

function resolve(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : undefined
}

function blankComments(text: string): string {
  const blank = (match: string): string => match.replaceAll(/[^\n]/gu, ' ')
  return text.replaceAll(/\/\*[\s\S]*?\*\//gu, blank).replaceAll(/(^|\s)\/\/[^\n]*/gu, blank)
}
