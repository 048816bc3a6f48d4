import { spawn, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, exitOf, settledWithin, type ExitStatus } from '../processes/child-exit.ts'
import { freePort } from '../processes/free-port.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { followLog } from './log-lines.ts'
import type { ServerUser } from './postgres-binaries.ts'
import type { ServerFolder } from './postgres-folder.ts'

/** What differs between the database servers that are started here. */
export interface ServerProgram {
  /** As errors call it. */
  name: string
  file: string
  folder: ServerFolder
  args: (port: number) => string[]
  url: (port: number) => string
  /** The line of its log that says that it takes connections. */
  ready: RegExp
  /** In the output of a start that may succeed a little later: a predecessor is still going away, or the port was taken since it was found free. */
  passing: RegExp
  /** What asks it to stop, each with the time that it is given. */
  stopSteps: readonly [StopStep, ...StopStep[]]
  /** What ends it when it does not come up. */
  abandonSignal: NodeJS.Signals
  user?: ServerUser | undefined
  /** Default: this process's own. */
  env?: NodeJS.ProcessEnv
}

interface StopStep {
  signal: NodeJS.Signals
  waitMs: number
}

const startAttempts = 20
const startTimeoutMs = 60_000

/** Starts a server on 127.0.0.1, as a child that ends with this process, and waits until it takes connections. */
export async function startServer(
  program: ServerProgram,
  { port: wish, log }: Pick<DatabaseServerOptions, 'port' | 'log'>,
): Promise<DatabaseServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(wish)
    const result = await launch(program, port, log)
    if ('pid' in result) return serverHandle(result, program, port)
    if (!program.passing.test(result.output) || attempt === startAttempts) {
      await removeTemporary(program.folder)
      throw new Error(`${program.name} did not start:\n${result.output}`)
    }
    await delay(250)
  }
}

interface Running {
  pid: number
  exited: Promise<ExitStatus>
  child: ChildProcess
}

async function launch(
  { file, folder, args, user, env, stopSteps, ready: readyLine, abandonSignal }: ServerProgram,
  port: number,
  onLine: ((line: string) => void) | undefined,
): Promise<Running | { output: string }> {
  // Detached: the terminal's Ctrl-C must not reach it before the services are stopped.
  const child = spawn(file, args(port), { ...user, cwd: folder.dataDir, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  const exited = exitOf(child)
  const log = followLog(child, onLine)
  if (pid !== undefined) guardProcess({ pid, signal: stopSteps[0].signal, ...(folder.temporary && { removeDir: folder.dataDir }) })
  const ready = log.waitFor(readyLine)
  const settled = await settledWithin(ready, startTimeoutMs)
  if (settled && pid !== undefined && child.exitCode === null && (await ready)) return { pid, exited, child }
  await endChild(child, exited, [{ signal: abandonSignal, waitMs: 5_000 }])
  if (pid !== undefined) await forgetProcess(pid)
  return { output: log.text() }
}

function serverHandle({ child, exited, pid }: Running, { folder, url, stopSteps }: ServerProgram, port: number): DatabaseServer {
  void exited.then(() => forgetProcess(pid))
  return {
    url: url(port),
    port,
    pid,
    dataDir: folder.dataDir,
    exited,
    async stop() {
      await endChild(child, exited, stopSteps)
      await forgetProcess(pid)
      await removeTemporary(folder)
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await exited
    },
  }
}

async function removeTemporary({ dataDir, temporary }: ServerFolder): Promise<void> {
  if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
}
