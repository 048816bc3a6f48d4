import type { Logger } from '@polystore/service-kit'

export interface EventBusOptions {
  readonly log: Pick<Logger, 'error' | 'warn'>
  /** Calls of one handler that may be under way at once; what comes above is not told to it. 1,000 unless said otherwise. */
  readonly maxRunning?: number
}

type Handler<Event> = (event: Event) => void | Promise<void>

interface Listener<Event> {
  readonly name: string
  readonly handle: Handler<Event>
  running: number
}

/**
 * Tells others in this process what has happened. `Events` names the events and what each carries. What must not be lost goes
 * through the outbox: an event of the bus is gone with the process, and a handler that fails is not asked again.
 */
export class EventBus<Events extends object> {
  readonly #options: EventBusOptions
  readonly #listeners: { [Type in keyof Events]?: Set<Listener<Events[Type]>> } = {}
  readonly #running = new Set<Promise<void>>()

  constructor(options: EventBusOptions) {
    this.#options = options
  }

  /** Answers what ends the subscription. `name` stands in the log when the handler fails. */
  on<Type extends keyof Events>(type: Type, name: string, handle: Handler<Events[Type]>): () => void {
    const listener: Listener<Events[Type]> = { name, handle, running: 0 }
    const listeners = (this.#listeners[type] ??= new Set<Listener<Events[Type]>>())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Returns at once and never throws: every handler runs by itself, after the caller has gone on. */
  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const listener of this.#listeners[type] ?? []) this.#tell(String(type), listener, event)
  }

  /** When every handler that runs has ended, also those that they set off. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #tell<Event>(type: string, listener: Listener<Event>, event: Event): void {
    const { log, maxRunning = 1_000 } = this.#options
    if (listener.running >= maxRunning) return log.warn({ event: type, handler: listener.name }, 'a handler is too far behind')
    listener.running += 1
    const call = Promise.resolve()
      .then(() => listener.handle(event))
      .catch((error: unknown) => log.error({ err: error, event: type, handler: listener.name }, 'a handler of an event failed'))
      .finally(() => {
        listener.running -= 1
        this.#running.delete(call)
      })
    this.#running.add(call)
  }
}
