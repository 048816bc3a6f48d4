import { setMaxListeners } from 'node:events'

const windowMs = 100

/** Calls that start within a tenth of a second: they share one timer, and one signal if one is asked for. */
interface Window {
  readonly pending: Set<() => void>
  control: AbortController | undefined
}

/** Deadlines for many calls at little cost for each. */
export class MongoDeadlines {
  readonly #ms: number
  #current: Window | undefined

  /** @param ms - the least time that a call gets; it gets at most a tenth of a second more */
  constructor(ms: number) {
    this.#ms = ms
  }

  /** Aborted at the deadline, for calls that must not go on after it. */
  signal(): AbortSignal {
    const window = this.#window()
    if (!window.control) {
      window.control = new AbortController()
      setMaxListeners(0, window.control.signal)
    }
    return window.control.signal
  }

  /** The result, or a TimeoutError at the deadline: what the call was doing ends by its own limits then, and nobody waits for it. */
  bound<Result>(work: Promise<Result>): Promise<Result> {
    const { pending } = this.#window()
    return new Promise((resolve, reject) => {
      const end = () => reject(timeoutError())
      pending.add(end)
      work.then(
        (result) => {
          pending.delete(end)
          resolve(result)
        },
        (error: unknown) => {
          pending.delete(end)
          reject(error)
        },
      )
    })
  }

  #window(): Window {
    if (this.#current) return this.#current
    const window: Window = { pending: new Set(), control: undefined }
    setTimeout(() => endWindow(window), this.#ms + windowMs).unref()
    setTimeout(() => (this.#current = undefined), windowMs).unref()
    this.#current = window
    return window
  }
}

function endWindow({ pending, control }: Window): void {
  control?.abort(timeoutError())
  for (const end of pending) end()
}

function timeoutError(): DOMException {
  return new DOMException('The time of the call is over', 'TimeoutError')
}
