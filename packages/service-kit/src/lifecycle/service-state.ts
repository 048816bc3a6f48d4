export type Phase = 'starting' | 'running' | 'draining' | 'closing'

/** Where a service stands between start and stop; probes and admission read it. */
export class ServiceState {
  #phase: Phase = 'running'
  readonly startedAtMs = Date.now()

  get phase(): Phase {
    return this.#phase
  }

  /** Dependencies are not there yet: only open routes are served. */
  waitForStart(): void {
    this.#phase = 'starting'
  }

  start(): void {
    if (this.#phase === 'starting') this.#phase = 'running'
  }

  /** Not ready any more, still serving; answers ask clients to reconnect elsewhere. */
  drain(): void {
    if (this.#phase !== 'closing') this.#phase = 'draining'
  }

  /** No new connections; requests on open ones are still answered. */
  close(): void {
    this.#phase = 'closing'
  }
}
