import { fork, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { onTestFinished } from 'vitest'

/** What a process of its own does to a SQLite file; see `sqlite-worker.ts`. */
export type SqliteOrder =
  | { readonly kind: 'count up'; readonly times: number }
  | { readonly kind: 'hold' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'commit for ever' }

export interface SqliteProcess {
  order(order: SqliteOrder): void
  /** The next word that it says. */
  heard(): Promise<unknown>
  /** As a crash or the kernel would end it. */
  kill(): Promise<void>
}

/** Another process on the same file, ended with its test. */
export async function startSqliteProcess(url: string): Promise<SqliteProcess> {
  const child = fork(new URL('sqlite-worker.ts', import.meta.url), [url], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const messages = on(child, 'message')
  onTestFinished(() => killed(child))
  const heard = async () => {
    const { value } = await messages.next()
    return Array.isArray(value) ? value[0] : value
  }
  await heard()
  return { order: (order) => void child.send(order), heard, kill: () => killed(child) }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
