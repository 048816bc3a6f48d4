import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vitest/config'
import { mutations, type Mutation } from './mutations.ts'

/** Breaks the guard of the named mutation wherever its module is loaded; the file itself stays as it is. */
export function patched(name: string | undefined): Plugin {
  const mutation = name === undefined ? undefined : mutations[name]
  if (name !== undefined && mutation === undefined) throw new Error(`there is no mutation ${name}`)
  const isPatched = (id: string) => mutation !== undefined && id.endsWith(`/${mutation.file}`)
  return {
    name: 'polystore-patched-guard',
    enforce: 'pre',
    transform: (code, id) => (mutation !== undefined && isPatched(id) ? applyPatch(code, mutation) : undefined),
    // Vitest keeps transformed modules from run to run, and would not know the patched from the unpatched.
    configureVitest: ({ defineCacheKeyGenerator }) => defineCacheKeyGenerator(({ id }) => (isPatched(id) ? false : undefined)),
  }
}

/** @throws when the text to replace is not there exactly once */
export function applyPatch(code: string, { file, from, to }: Mutation): string {
  const [before, after, ...more] = code.split(from)
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`${file} does not hold this text once: ${from}`)
  return `${before}${to}${after}`
}

export async function sourceOf({ file }: Mutation): Promise<string> {
  return await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
}
