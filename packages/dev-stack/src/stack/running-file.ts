import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { commandLineOf } from '../processes/command-line.ts'
import { repositoryRoot } from './service-files.ts'
import type { Stack } from './start-stack.ts'

/** What `npm start` leaves for other commands while it runs. It holds secrets: readable by its owner only. */
export interface RunningStack {
  pid: number
  urls: Stack['urls']
  environments: Stack['environments']
}

/** Where `npm start` keeps its data, and where commands look for what runs. */
export const defaultDataDir = path.resolve(process.env.POLYSTORE_DATA ?? path.join(repositoryRoot, '.polystore'))

export async function writeRunningFile(stack: Stack): Promise<void> {
  const running: RunningStack = { pid: process.pid, urls: stack.urls, environments: stack.environments }
  const file = runningFile(stack.dataDir)
  await writeFile(`${file}.new`, `${JSON.stringify(running, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export async function removeRunningFile(dataDir: string): Promise<void> {
  await rm(runningFile(dataDir), { force: true })
}

/** The stack that `npm start` runs on this folder now, or undefined. */
export async function findRunningStack(dataDir = defaultDataDir): Promise<RunningStack | undefined> {
  const text = await readFile(runningFile(dataDir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const running: RunningStack = JSON.parse(text)
  const command = await commandLineOf(running.pid)
  return command?.includes('start.ts') ? running : undefined
}

function runningFile(dataDir: string): string {
  return path.join(dataDir, 'running.json')
}
