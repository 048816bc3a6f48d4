import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Ward {
  pid: number
  /** What asks the process to stop. */
  signal: NodeJS.Signals
  /** A folder that goes with the process. */
  removeDir?: string
}

const script = fileURLToPath(new URL('watchdog.ts', import.meta.url))
const guarded = new Set<number>()
let watchdog: ChildProcess | undefined

/** Ends the process when this one is gone, even by SIGKILL; `forgetProcess` takes it back. */
export function guardProcess(ward: Ward): void {
  guarded.add(ward.pid)
  tell({ add: ward })
}

/** To be called when a guarded process has exited; the watchdog leaves with the last one. */
export async function forgetProcess(pid: number): Promise<void> {
  if (!guarded.delete(pid)) return
  tell({ forget: pid })
  if (guarded.size === 0) await dismiss()
}

function tell(message: object): void {
  watchdog ??= hire()
  watchdog.stdin?.write(`${JSON.stringify(message)}\n`)
}

function hire(): ChildProcess {
  const child = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  child.stdin?.on('error', () => {})
  // A pipe keeps the event loop alive unless told not to.
  const input: unknown = child.stdin
  if (isUnrefable(input)) input.unref()
  return child
}

async function dismiss(): Promise<void> {
  const leaving = watchdog
  watchdog = undefined
  if (!leaving || leaving.exitCode !== null || leaving.signalCode !== null) return
  const gone = once(leaving, 'exit')
  leaving.ref()
  leaving.stdin?.end()
  await gone
}

function isUnrefable(value: unknown): value is { unref(): void } {
  return typeof value === 'object' && value !== null && 'unref' in value && typeof value.unref === 'function'
}
