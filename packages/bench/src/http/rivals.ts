import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const folder = path.join(import.meta.dirname, '..', '..', 'rivals')
const mark = path.join(folder, 'node_modules', '.polystore-installed')

export function rivalFile(name: string): URL {
  return new URL(`../../rivals/src/${name}.js`, import.meta.url)
}

/** They are heavy and nothing else needs them, so they are fetched by the first bench that does, exactly as locked. */
export async function installRivals(): Promise<void> {
  const lock = await readFile(path.join(folder, 'pnpm-lock.yaml'), 'utf8')
  if (existsSync(mark) && (await readFile(mark, 'utf8')) === lock) return
  const manifest = z.object({ packageManager: z.string() }).parse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')))
  process.stderr.write('installing the libraries to compare with (once)\n')
  await run('npx', ['-y', manifest.packageManager, 'install', '--frozen-lockfile', '--prefer-offline'])
  // The client is made from the schema; the engine, which only migrations need, is not fetched: any program passes for it.
  const noEngine = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  await run(path.join(folder, 'node_modules', '.bin', 'prisma'), ['generate'], noEngine)
  await writeFile(mark, lock)
}

async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${String(code)}`)
}
