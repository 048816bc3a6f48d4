import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { repositoryRoot } from '../workspaces.ts'

export interface GateStep {
  name: string
  run: () => Promise<StepResult>
}

export interface StepResult {
  passed: boolean
  /** Shown when the step fails. */
  output: string
}

const stepTimeoutMs = 300_000

/** Runs one of the project's own tools; it passes when the tool exits with 0. */
export async function runTool(tool: string, args: readonly string[], cwd = repositoryRoot): Promise<StepResult> {
  const file = path.join(repositoryRoot, 'node_modules', '.bin', tool)
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: stepTimeoutMs, shell: process.platform === 'win32' })
  const closed = once(child, 'close')
  const [[code], out, errors] = await Promise.all([closed, text(child.stdout), text(child.stderr)])
  return { passed: code === 0, output: `${out}${errors}`.trim() }
}

/** Runs the work on every item, so many at a time, and keeps the order of the results. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return results
}
