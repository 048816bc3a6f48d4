import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findRunningStack } from '@polystore/dev-stack'

const start = fileURLToPath(new URL('../../../dev-stack/src/start.ts', import.meta.url))

export interface StartedSystem {
  /** Of the gateway. */
  readonly url: string
  readonly authUrl: string
  /** Where its data lies: commands find the system by `POLYSTORE_DATA`. */
  readonly dataDir: string
  stop(): Promise<void>
}

/** What `npm start` brings up on a machine that has never seen it. */
export async function startSystem(): Promise<StartedSystem> {
  const dataDir = await mkdtemp('/tmp/polystore-page-')
  const child = spawn(process.execPath, [start, '--data', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    await exited
    await rm(dataDir, { recursive: true, force: true })
  }
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line.includes('Ready after')) break
  }
  child.stdout.resume()
  const running = await findRunningStack(dataDir)
  if (running) return { url: running.urls.gateway, authUrl: running.urls.auth, dataDir, stop }
  await stop()
  throw new Error(`npm start did not get ready:\n${said.join('\n')}`)
}
