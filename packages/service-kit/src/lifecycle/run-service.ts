import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Service } from '../http/create-service.ts'
import { createLogger } from '../telemetry/logger.ts'
import { retryUntil } from './back-off.ts'

export interface RunOptions {
  readonly name: string
  readonly config: { readonly HOST: string; readonly PORT: number; readonly SHUTDOWN_TIMEOUT_SECONDS: number }
  readonly build: () => Promise<Service> | Service
  /**
   * What must have happened before requests are served, such as reaching the databases; tried again with back-off until it
   * succeeds and the schema fits. Meanwhile the probes answer and everything else is 503.
   */
  readonly start?: (service: Service, signal: AbortSignal) => Promise<void>
  /** Run in order after the last request has finished: workers, then pools. */
  readonly close?: readonly (() => Promise<void>)[]
}

// Time for a balancer to see the failing probe, and for clients to move their connections.
const drainMs = 300

/**
 * Listens, and stops gracefully on SIGTERM or SIGINT: not ready, finish what runs, close what is open, exit 0. An unexpected error
 * is logged and exits 1, as does a stop that exceeds SHUTDOWN_TIMEOUT_SECONDS; a second signal exits at once.
 */
export async function runService(options: RunOptions): Promise<void> {
  const run = new Run(options)
  process.on('uncaughtException', (error) => run.fail(error, 'uncaught exception'))
  process.on('unhandledRejection', (error) => run.fail(error, 'unhandled rejection'))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => run.stop(signal))
  try {
    await run.start()
  } catch (error) {
    run.fail(error, 'the service could not start')
  }
}

class Run {
  readonly #options: RunOptions
  readonly #stopping = new AbortController()
  #service: Service | undefined

  constructor(options: RunOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { config, build, start, name } = this.#options
    const service = await build()
    this.#service = service
    service.state.waitForStart()
    await service.listen({ host: config.HOST, port: config.PORT })
    service.log.info({ address: addressOf(service) }, `${name} listens`)
    await this.#awaitDependencies(service, start)
    service.state.start()
    if (!this.#stopping.signal.aborted) service.log.info(`${name} is ready`)
  }

  /** Begins the graceful stop; called again, exits at once. */
  stop(signal: string): void {
    if (this.#stopping.signal.aborted) process.exit(1)
    this.#stopping.abort()
    this.#log().info({ signal }, 'stopping')
    void this.#finish()
  }

  fail(error: unknown, message: string): void {
    this.#log().fatal({ err: error }, message)
    process.exit(1)
  }

  async #awaitDependencies(service: Service, start: RunOptions['start']): Promise<void> {
    const { signal } = this.#stopping
    const attempt = async () => {
      await start?.(service, signal)
      await service.schema.require()
    }
    await retryUntil(attempt, {
      signal,
      onFailure: (error, delayMs) => service.log.warn({ err: error, delayMs }, 'waiting for dependencies'),
    })
  }

  async #finish(): Promise<void> {
    const limitMs = this.#options.config.SHUTDOWN_TIMEOUT_SECONDS * 1_000
    const timer = setTimeout(() => this.fail(new Error(`the stop took longer than ${limitMs} ms`), 'stopped by force'), limitMs)
    try {
      await this.#closeAll()
      clearTimeout(timer)
      this.#log().info('stopped')
      process.exit(0)
    } catch (error) {
      this.fail(error, 'the stop failed')
    }
  }

  async #closeAll(): Promise<void> {
    const service = this.#service
    if (service?.server.listening === true) {
      service.state.drain()
      await delay(drainMs)
    }
    await service?.close()
    for (const close of this.#options.close ?? []) await close()
  }

  #log(): Pick<Service['log'], 'info' | 'fatal'> {
    return this.#service?.log ?? createLogger({ name: this.#options.name })
  }
}

function addressOf(service: Service): string {
  const address: AddressInfo | string | null = service.server.address()
  return address === null || typeof address === 'string' ? String(address) : `${address.address}:${address.port}`
}
