import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

export interface ExitStatus {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Settles when the process is gone; a process that could not be started counts as gone with code 127. */
export function exitOf(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: 127, signal: null }))
  })
}

/** Sends each signal in turn and waits its time; the last resort is SIGKILL. Times are in milliseconds. */
export async function endChild(
  child: ChildProcess,
  exited: Promise<ExitStatus>,
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> {
  for (const { signal, waitMs } of steps) {
    child.kill(signal)
    if (await settledWithin(exited, waitMs)) return
  }
  child.kill('SIGKILL')
  await exited
}

/** True when the promise settled in time. */
export async function settledWithin(promise: Promise<unknown>, waitMs: number): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(waitMs, false, { signal: timer.signal }).catch(() => false)
  const done = await Promise.race([promise.then(() => true), late])
  timer.abort()
  return done
}
