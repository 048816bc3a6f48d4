import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { PageStep } from '../../src/page-steps.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const results = path.join(root, 'packages/docs/.results')

export interface Walk {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Runs a command of the page by a shell; what it writes comes as on a terminal, and a code other than 0 is told behind it. */
  run(command: string): Promise<string>
  write(file: string, content: string): Promise<void>
  /** Turns the first text into the second. @throws Error unless it is there once */
  edit(step: Pick<Extract<PageStep, { kind: 'edit' }>, 'path' | 'before' | 'after'>): Promise<void>
  end(): Promise<void>
}

/** A copy of the services' folders, in which the commands of a page can do what they like. */
export async function startWalk(env: Readonly<Record<string, string>>): Promise<Walk> {
  await mkdir(results, { recursive: true })
  const folder = await mkdtemp(path.join(results, 'walk-'))
  for (const service of ['auth', 'products']) await copyWorkspace(folder, `apps/${service}`, ['package.json', 'src', 'migrations'])
  await copyWorkspace(folder, 'packages/dev-stack', ['package.json', 'src'])
  await cp(path.join(root, 'package.json'), path.join(folder, 'package.json'))
  await linkPackages(folder)
  const bin = path.join(folder, 'bin')
  await cp(fileURLToPath(new URL('bin', import.meta.url)), bin, { recursive: true })
  const searched = [bin, path.join(folder, 'node_modules/.bin'), path.dirname(process.execPath), process.env['PATH']].join(path.delimiter)
  const environment = {
    ...process.env,
    ...env,
    PATH: searched,
    NO_COLOR: '1',
    WALK_PACKAGES: path.join(root, 'packages/testing/node_modules'),
  }
  return {
    folder,
    env: environment,
    run: (command) => runShell(command, folder, environment),
    write: async (file, content) => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
      await writeFile(path.join(folder, file), content)
    },
    edit: (step) => editFile(path.join(folder, step.path), step),
    end: () => rm(folder, { recursive: true, force: true }),
  }
}

async function copyWorkspace(folder: string, workspace: string, entries: readonly string[]): Promise<void> {
  const [from, to] = [path.join(root, workspace), path.join(folder, workspace)]
  await mkdir(to, { recursive: true })
  for (const entry of entries) await cp(path.join(from, entry), path.join(to, entry), { recursive: true }).catch(ignoreMissing)
  await symlink(await realpath(path.join(from, 'node_modules')), path.join(to, 'node_modules'), 'dir')
}

/** What `pnpm install` does for a package that depends on db-core and drizzle-orm: links, and the command among them. */
async function linkPackages(folder: string): Promise<void> {
  const core = path.join(root, 'packages/db-core')
  const modules = path.join(folder, 'node_modules')
  await mkdir(path.join(modules, '.bin'), { recursive: true })
  await mkdir(path.join(modules, '@polystore'))
  await symlink(core, path.join(modules, '@polystore/db-core'), 'dir')
  await symlink(await realpath(path.join(core, 'node_modules/drizzle-orm')), path.join(modules, 'drizzle-orm'), 'dir')
  const { bin }: { bin: Record<string, string> } = JSON.parse(await readFile(path.join(core, 'package.json'), 'utf8'))
  for (const [name, file] of Object.entries(bin))
    await symlink(path.join(modules, '@polystore/db-core', file), path.join(modules, '.bin', name))
}

async function runShell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('sh', ['-c', `exec 2>&1\n${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return `${output.trimEnd()}${code === 0 ? '' : `\n(exit code ${code})`}`.trim()
}

async function editFile(file: string, { before, after }: { before: string; after: string }): Promise<void> {
  const content = await readFile(file, 'utf8')
  if (content.split(before).length !== 2) throw new Error(`${file} does not hold once:\n${before}`)
  await writeFile(
    file,
    content.replace(before, () => after),
  )
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
