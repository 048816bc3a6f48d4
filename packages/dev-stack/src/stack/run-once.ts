import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { followLog } from '../databases/log-lines.ts'
import { exitOf } from '../processes/child-exit.ts'
import { nodeEnvironment } from './node-environment.ts'

const timeoutMs = 120_000

export interface Task {
  /** For the error message: "migrations of auth". */
  title: string
  file: string
  args: string[]
  env: NodeJS.ProcessEnv
  stopping: AbortSignal
}

/** Runs a file to its end; a code other than 0 is an error that shows the last lines of output. */
async function runOnce({ title, file, args, env, stopping }: Task): Promise<void> {
  const child = spawn(process.execPath, [file, ...args], {
    env: nodeEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    signal: stopping,
    windowsHide: true,
  })
  const log = followLog(child)
  const { code, signal } = await exitOf(child)
  if (code !== 0) throw new Error(`${title} failed with ${signal ?? `code ${code}`}:\n${log.text()}`)
}

/** As `runOnce`, for a file that a service need not have. */
export async function runOnceIfThere(task: Task): Promise<void> {
  if (existsSync(task.file)) await runOnce(task)
}
