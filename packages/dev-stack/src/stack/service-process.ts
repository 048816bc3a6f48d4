import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { followLog } from '../databases/log-lines.ts'
import { endChild, exitOf, type ExitStatus } from '../processes/child-exit.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { Launched } from '../processes/supervised-process.ts'
import { nodeEnvironment } from './node-environment.ts'

export interface ServiceLaunch {
  name: string
  /** What is run: a file of Node's, or a program. */
  file: string
  env: NodeJS.ProcessEnv
  /** Answers 200 when the service is ready for work. */
  readyUrl: string
  logFile: string
}

const readyTimeoutMs = 90_000
const stopTimeoutMs = 15_000
const pollMs = 75

/** Starts a service and settles when its readiness address answers. */
export async function launchService(launch: ServiceLaunch, stopping: AbortSignal): Promise<Launched> {
  return launchProgram({ ...launch, file: process.execPath, args: [launch.file], env: nodeEnvironment(launch.env) }, stopping)
}

/** As `launchService`, for a program that is no file of Node's. */
export async function launchProgram(
  launch: Omit<ServiceLaunch, 'env'> & { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv },
  stopping: AbortSignal,
): Promise<Launched> {
  // Detached: the terminal's Ctrl-C must not reach it before its turn.
  const child = spawn(launch.file, launch.args, {
    env: launch.env ?? process.env,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const file = createWriteStream(launch.logFile, { flags: 'a', mode: 0o600 })
  const log = followLog(child, (line) => file.write(`${line}\n`))
  child.once('close', () => file.end())
  const pid = child.pid ?? 0
  if (pid !== 0) guardProcess({ pid, signal: 'SIGTERM' })
  void exited.then(() => forgetProcess(pid))
  const stop = async (): Promise<void> => {
    await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: stopTimeoutMs }])
    await Promise.all([forgetProcess(pid), finished(file).catch(() => {})])
  }
  try {
    await untilReady(launch.readyUrl, exited, stopping)
    return { pid, exited, stop, kill: (signal) => void child.kill(signal) }
  } catch (error) {
    await stop()
    throw new Error(`${launch.name} did not become ready: ${message(error)}\n${log.text()}`, { cause: error })
  }
}

async function untilReady(url: string, exited: Promise<ExitStatus>, stopping: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(readyTimeoutMs)
  const gone = new AbortController()
  void exited.then(({ code, signal }) => gone.abort(new Error(`it ended with ${signal ?? `code ${code}`}`)))
  const signal = AbortSignal.any([late, stopping, gone.signal])
  for (;;) {
    signal.throwIfAborted()
    if (await answersOk(url)) return
    await delay(pollMs)
  }
}

async function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
