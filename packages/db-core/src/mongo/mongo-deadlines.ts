import { setMaxListeners } from 'node:events'

const windowMs = 100

/** Deadlines for many calls: those that start within a tenth of a second share one signal and one timer. */
export class MongoDeadlines {
  readonly #ms: number
  #current: AbortSignal | undefined

  /** @param ms - the least time that a call gets; it gets at most a tenth of a second more */
  constructor(ms: number) {
    this.#ms = ms
  }

  signal(): AbortSignal {
    if (this.#current) return this.#current
    const control = new AbortController()
    setMaxListeners(0, control.signal)
    setTimeout(() => control.abort(new DOMException('The time of the call is over', 'TimeoutError')), this.#ms + windowMs).unref()
    setTimeout(() => (this.#current = undefined), windowMs).unref()
    this.#current = control.signal
    return control.signal
  }
}
