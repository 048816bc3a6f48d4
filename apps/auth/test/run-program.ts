import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A program of the service in a process of its own. */
export interface Running {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly output: () => string
}

export function startProgram(file: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []): Running {
  const path = new URL(`../src/${file}`, import.meta.url).pathname
  const child = spawn(process.execPath, [path, ...args], { env: { PATH: process.env['PATH'], ...environment }, timeout: 30_000 })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, output: () => text }
}

export async function runProgram(...parameters: Parameters<typeof startProgram>): Promise<{ code: unknown; output: string }> {
  const { child, output } = startProgram(...parameters)
  const [code]: unknown[] = await once(child, 'close')
  return { code, output: output() }
}

/** What the pattern finds in the output, as soon as it is there. */
export async function written({ child, output }: Running, pattern: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  const look = () => {
    const found = pattern.exec(output())
    if (found) resolve(found)
  }
  child.stdout?.on('data', look)
  child.once('close', () => reject(new Error(`The program did not write ${pattern.source}:\n${output()}`)))
  look()
  return await promise.finally(() => child.stdout?.off('data', look))
}

/** Where the service listens. */
export async function addressOf(running: Running): Promise<string> {
  const [, address] = await written(running, /"address":"([^"]+)"/u)
  return `http://${address}`
}
