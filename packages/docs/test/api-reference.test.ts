import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeApiReference } from '../src/api-reference.ts'

const reference = fileURLToPath(new URL('../../../docs/api', import.meta.url))

it('the API reference is what the docstrings say; pnpm api writes it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'api-reference-'))
  try {
    await writeApiReference(folder)
    expect(await pagesOf(reference)).toEqual(await pagesOf(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

async function pagesOf(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.md')).toSorted()
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const)))
}
