import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, exitOf } from '../processes/child-exit.ts'
import { freePort } from '../processes/free-port.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { ServerUser } from './postgres-binaries.ts'

const attempts = 100

export interface Epmd {
  port: number
  stop(): Promise<void>
}

/** A register of Erlang nodes of its own, on the loopback address: the one that the broker would start outlives it. */
export async function startEpmd(file: string, user: ServerUser | undefined): Promise<Epmd> {
  const port = await freePort()
  const child = spawn(file, ['-port', String(port), '-address', '127.0.0.1'], { ...user, cwd: '/', detached: true, stdio: 'ignore' })
  const exited = exitOf(child)
  const { pid } = child
  if (pid !== undefined) guardProcess({ pid, signal: 'SIGTERM' })
  const stop = async (): Promise<void> => {
    await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 2_000 }])
    if (pid !== undefined) await forgetProcess(pid)
  }
  for (let attempt = 0; attempt < attempts && child.exitCode === null; attempt++) {
    if (await answers(port)) return { port, stop }
    await delay(20)
  }
  await stop()
  throw new Error(`epmd did not start on port ${port}`)
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
