import { setTimeout as delay } from 'node:timers/promises'
import type { ExitStatus } from './child-exit.ts'

/** A process that is up and answers. */
export interface Launched {
  pid: number
  exited: Promise<ExitStatus>
  stop(): Promise<void>
  kill(signal: NodeJS.Signals): void
}

export interface SupervisedOptions {
  name: string
  /** Starts the process and settles when it is ready for work. */
  launch: (signal: AbortSignal) => Promise<Launched>
  log: (line: string) => void
  /** False: what dies stays dead until `start` or `restart`. */
  autoRestart: boolean
  /** The pause before a new start doubles from the first to the longest. */
  backOff?: { firstMs: number; maxMs: number; attempts: number }
  /** Called once when the process died too often to be started again. */
  onGivenUp?: (reason: Error) => void
}

const usualBackOff = { firstMs: 200, maxMs: 5_000, attempts: 10 }
/** A process that lived this long has recovered: its next death begins a new count. */
const steadyMs = 30_000
const deadlySignals = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT'])

/** Keeps one process running: an unexpected exit is followed by a new start, with growing pauses, a bounded number of times. */
export class SupervisedProcess {
  readonly name: string
  readonly #options: SupervisedOptions
  #current: Launched | undefined
  #starting: Promise<Launched> | undefined
  #stopping = new AbortController()
  #deaths = 0
  #closed = false

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Undefined while the process is down. */
  get pid(): number | undefined {
    return this.#current?.pid
  }

  /** Starts it unless it is up; settles when it is ready for work. */
  async start(): Promise<void> {
    if (this.#closed) throw new Error(`${this.name} is closed`)
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController()
    await this.#launch()
  }

  /** Settles when the process is up again after a death; rejects when it was given up or stopped. */
  async ready(): Promise<void> {
    if (this.#current) return
    if (!this.#starting) throw new Error(`${this.name} is not running`)
    await this.#starting
  }

  /** Sends a signal from outside, as a fault would; settles when a deadly one has taken effect. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const victim = this.#current
    if (!victim) return
    victim.kill(signal)
    if (deadlySignals.has(signal)) await victim.exited
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Stops it for good: it cannot be started again. `force` does not ask. */
  async close(options?: { force?: boolean }): Promise<void> {
    this.#closed = true
    await this.stop(options)
  }

  /** Stops it until the next start; `force` does not ask. */
  async stop({ force = false }: { force?: boolean } = {}): Promise<void> {
    this.#stopping.abort()
    await this.#starting?.catch(() => {})
    const current = this.#current
    if (!current) return
    if (force) current.kill('SIGKILL')
    else await current.stop()
    await current.exited
    if (force) await current.stop()
  }

  #launch(): Promise<Launched> {
    if (this.#current) return Promise.resolve(this.#current)
    this.#starting ??= this.#options
      .launch(this.#stopping.signal)
      .then((launched) => this.#watch(launched))
      .finally(() => {
        this.#starting = undefined
      })
    return this.#starting
  }

  #watch(launched: Launched): Launched {
    const startedAt = Date.now()
    this.#current = launched
    const stopping = this.#stopping.signal
    void launched.exited.then(({ code, signal }) => {
      this.#current = undefined
      if (stopping.aborted) return
      this.#options.log(`${this.name} ended unexpectedly (${signal ?? `code ${code}`})`)
      this.#deaths = Date.now() - startedAt > steadyMs ? 1 : this.#deaths + 1
      if (this.#options.autoRestart) this.#revive(stopping)
    })
    return launched
  }

  #revive(stopping: AbortSignal): void {
    this.#starting = this.#relaunch(stopping).finally(() => {
      this.#starting = undefined
    })
    this.#starting.catch((error: unknown) => {
      if (!stopping.aborted) this.#options.onGivenUp?.(error instanceof Error ? error : new Error(String(error)))
    })
  }

  async #relaunch(stopping: AbortSignal): Promise<Launched> {
    const { firstMs, maxMs, attempts } = this.#options.backOff ?? usualBackOff
    for (;;) {
      await delay(Math.min(maxMs, firstMs * 2 ** (this.#deaths - 1)), undefined, { signal: stopping })
      try {
        const launched = await this.#options.launch(stopping)
        this.#options.log(`${this.name} is running again`)
        return this.#watch(launched)
      } catch (error) {
        this.#deaths++
        if (stopping.aborted || this.#deaths > attempts) throw error
        this.#options.log(`${this.name} could not be started: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
}
