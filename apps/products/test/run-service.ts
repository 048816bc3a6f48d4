import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createIdentitySigner, identityHeader, type Identity } from '@polystore/service-kit'

const secret = 'a-secret-for-the-processes-of-products-01234'
const sign = createIdentitySigner(secret)

type Environment = Readonly<Record<string, string>>

export interface Finished {
  readonly code: number | null
  readonly output: string
}

/** Runs one of the service's own files to its end. */
export async function runFile(file: string, args: readonly string[], environment: Environment): Promise<Finished> {
  const child = start(file, args, environment)
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, output }
}

export interface RunningService {
  readonly child: ChildProcess
  /** Resolves with the signal that ended the process, or null for a clean end. */
  readonly ended: Promise<NodeJS.Signals | null>
  fetch(method: string, path: string, call: { as: Identity; body?: unknown; headers?: Environment }): Promise<Response>
  stop(): Promise<void>
}

/** Starts the service as its own process on a free port; resolves when it is ready. */
export async function startService(environment: Environment): Promise<RunningService> {
  const child = start('server.ts', [], {
    PORT: '0',
    INTERNAL_SECRET: secret,
    LOG_LEVEL: 'info',
    ORDERS_URL: 'http://127.0.0.1:1',
    ...environment,
  })
  const ended = once(child, 'close').then(() => child.signalCode)
  const address = await readyAddress(child)
  return {
    child,
    ended,
    fetch: (method, path, { as, body, headers }) =>
      fetch(`http://${address}${path}`, {
        method,
        headers: { [identityHeader]: sign(as), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function readyAddress(child: ChildProcess): Promise<string> {
  let address = ''
  const lines: string[] = []
  if (child.stdout === null) throw new Error('The service has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    address ||= /"address":"([^"]+)"/u.exec(line)?.[1] ?? ''
    if (address !== '' && line.includes('is ready')) {
      child.stdout.resume()
      return address
    }
  }
  throw new Error(`The service did not start:\n${lines.join('\n')}`)
}

function start(file: string, args: readonly string[], environment: Environment): ChildProcess {
  const path = fileURLToPath(new URL(`../src/${file}`, import.meta.url))
  return spawn(process.execPath, [path, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
