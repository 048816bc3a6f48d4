import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly pid: number
  /** Its next message. @throws when it ends instead */
  message(): Promise<unknown>
  send(message: object): void
}

/** A process that talks to this one and ends with it. */
export function startChild(file: URL, env: Readonly<Record<string, string>>, cleanUp: AsyncDisposableStack): Child {
  const child = fork(fileURLToPath(file), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  cleanUp.defer(async () => end(child))
  return { pid: child.pid ?? 0, message: async () => messageOf(child, fileURLToPath(file)), send: (message) => void child.send(message) }
}

async function messageOf(child: ChildProcess, name: string): Promise<unknown> {
  const stop = new AbortController()
  const { signal } = stop
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${String(code)}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    ended.catch(() => {})
    stop.abort()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
