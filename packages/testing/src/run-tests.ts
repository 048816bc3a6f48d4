import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { nodeEnvironment } from '@polystore/dev-stack'
import { databaseKinds } from './databases/database-kinds.ts'
import { startTestServers } from './databases/test-servers.ts'
import { removeReports, sumReports } from './runner/test-results.ts'
import { listWorkspaces, repositoryRoot, type Workspace } from './workspaces.ts'

process.exitCode = await runTests(process.argv.slice(2))

/** Every test of every workspace on databases that are started once; returns the exit code. */
async function runTests(turboArgs: readonly string[]): Promise<number> {
  const workspaces = selectWorkspaces(await listWorkspaces(), turboArgs)
  await removeReports(workspaces)
  const servers = await startTestServers(databaseKinds)
  process.stdout.write(`${servers.description}\n\n`)
  const code = await runTurbo(turboArgs, servers.env).finally(() => servers.stop())
  const totals = await sumReports(workspaces)
  if (code !== 0 && totals.failed === 0) {
    totals.failed = 1
    totals.failures.push(`turbo ended with code ${code}`)
  }
  for (const line of totals.failures) process.stdout.write(`failed  ${line}\n`)
  if (totals.skipped > 0) process.stdout.write(`${totals.skipped} skipped\n`)
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`)
  return totals.failed === 0 ? 0 : 1
}

/** All that have tests, or those named by `--filter=<name>`. */
function selectWorkspaces(all: readonly Workspace[], turboArgs: readonly string[]): Workspace[] {
  const names = turboArgs.flatMap((argument) => /^--filter=(.+)$/u.exec(argument)?.[1] ?? [])
  const unknown = names.find((name) => !all.some((workspace) => workspace.name === name))
  if (unknown !== undefined) throw new Error(`no workspace is called ${unknown}`)
  return all.filter(({ hasTests, name }) => hasTests && (names.length === 0 || names.includes(name)))
}

async function runTurbo(extra: readonly string[], env: Record<string, string>): Promise<number> {
  // Turbo starts each workspace's script by pnpm, which npx puts on its PATH.
  const args = ['-y', await packageManager(), 'exec', 'turbo', 'run', 'test', '--concurrency=1', '--continue', '--force']
  const flags = ['--env-mode=loose', '--log-order=stream', '--ui=stream', ...extra]
  const child = spawn('npx', [...args, ...flags], {
    cwd: repositoryRoot,
    env: nodeEnvironment({ ...process.env, ...env, TURBO_TELEMETRY_DISABLED: '1', npm_config_loglevel: 'error' }),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  // A terminal signals the child as well; here it is only awaited, so that the databases are stopped after it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

async function packageManager(): Promise<string> {
  const manifest: { packageManager: string } = JSON.parse(await readFile(path.join(repositoryRoot, 'package.json'), 'utf8'))
  return manifest.packageManager
}
