import { fork } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

const message = z.object({
  line: z.string().optional(),
  changed: z.array(z.string()).optional(),
  failure: z.string().optional(),
  at: z.string().optional(),
})

export interface MigrationProcess {
  /** Resolves when the process logs a line, or a script sends `{ at }`, that matches; undefined when it ended before. */
  heard(pattern: RegExp): Promise<string | undefined>
  /** Resolves at its end: what it changed, undefined when it was killed. @throws when it failed */
  ended(): Promise<string[] | undefined>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** `up` in a process of its own. */
export function startMigrationProcess(
  { url, folder }: { url: string; folder: string },
  env: Readonly<Record<string, string>> = {},
): MigrationProcess {
  const worker = new URL('mongo-migration-worker.ts', import.meta.url)
  const child = fork(worker, [url, folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, ...env } })
  const told: string[] = []
  const listeners = new Set<() => void>()
  let outcome: { changed?: string[] | undefined; failure?: string | undefined } = {}
  child.on('message', (raw) => {
    const { line, at, changed, failure } = message.parse(raw)
    if (line !== undefined || at !== undefined) told.push(line ?? at ?? '')
    if (changed || failure) outcome = { changed, failure }
    for (const listener of listeners) listener()
  })
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  return {
    kill,
    async heard(pattern) {
      const found = Promise.withResolvers<string | undefined>()
      const look = () => {
        const line = told.find((candidate) => pattern.test(candidate))
        if (line !== undefined) found.resolve(line)
      }
      listeners.add(look)
      look()
      return await Promise.race([found.promise, exited.then(() => undefined)])
    },
    async ended() {
      await exited
      if (outcome.failure !== undefined) throw new Error(outcome.failure)
      return outcome.changed
    },
  }
}
