import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { secret } from './demo-service.ts'

interface LogLine {
  readonly msg: string
  readonly address?: string
}

/** A service in a process of its own, whose log lines can be awaited. */
export class ServiceProcess {
  readonly child: ChildProcess
  readonly messages: string[] = []
  readonly exited: Promise<number | null>
  output = ''
  url = ''
  readonly #waiting = new Map<string, () => void>()

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const file = fileURLToPath(new URL('run-service-process.ts', import.meta.url))
    this.child = spawn(process.execPath, [file], { env: { INTERNAL_SECRET: secret, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] })
    this.exited = once(this.child, 'exit').then(([code]: (number | null)[]) => code ?? null)
    const { stdout } = this.child
    if (stdout !== null) createInterface(stdout).on('line', (line) => this.#read(line))
  }

  /** Resolves when a line with this message has been logged. */
  async logged(message: string): Promise<void> {
    if (this.messages.includes(message)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.set(message, resolve)
    await Promise.race([
      promise,
      this.exited.then((code) => Promise.reject(new Error(`exited with ${code} before "${message}":\n${this.output}`))),
    ])
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000), ...init })
  }

  #read(line: string): void {
    this.output += `${line}\n`
    const { msg, address }: LogLine = JSON.parse(line)
    if (address !== undefined) this.url = `http://${address}`
    this.messages.push(msg)
    this.#waiting.get(msg)?.()
  }
}
