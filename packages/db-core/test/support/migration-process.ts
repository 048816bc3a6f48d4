import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { Direction } from '../../src/migrations/store/migration.ts'
import type { MigrationWorld } from './migration-world.ts'

export interface MigrationProcess {
  /** Undefined for one that was killed. */
  readonly changed: Promise<readonly string[] | undefined>
  /** As the kernel or a crash would end it; resolves when it is gone. */
  kill(): Promise<void>
}

/** A run of `up`, or `down`, in a process of its own, ended with its test. `onLine` hears what it logs. */
export function startMigrationProcess(
  { url, folder }: Pick<MigrationWorld, 'url' | 'folder'>,
  kind: string,
  { direction = 'up', onLine = () => {} }: { readonly direction?: Direction; readonly onLine?: (line: string) => void } = {},
): MigrationProcess {
  const child = fork(new URL('migrate-worker.ts', import.meta.url), [url, kind, folder, direction], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  onTestFinished(() => killed(child))
  const said: { errors: string; changed: readonly string[] | undefined } = { errors: '', changed: undefined }
  child.stderr?.on('data', (chunk) => (said.errors += String(chunk)))
  child.on('message', (message: object) => {
    if ('line' in message) onLine(String(message.line))
    if ('changed' in message && Array.isArray(message.changed)) said.changed = message.changed.map(String)
  })
  const changed = once(child, 'exit').then(() => {
    if (child.exitCode === 0 || child.signalCode === 'SIGKILL') return said.changed
    throw new Error(`a run of migrations ended with ${String(child.exitCode)}: ${said.errors}`)
  })
  // Whoever awaits it still hears of a failure; until then it is not unhandled.
  changed.catch(() => {})
  return { changed, kill: () => killed(child) }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
