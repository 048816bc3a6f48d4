import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'

export interface SentEvent {
  readonly id: number
  readonly data: {
    readonly orderId: string
    readonly status: string
    readonly from: string | null
    readonly who: string
    readonly actor: string
    readonly text: string
  }
}

/** One connection to a stream of events, read as a client reads it. */
export class EventStream {
  readonly status: number
  readonly events: SentEvent[] = []
  /** Milliseconds that the server asked for last. */
  retryMs: number | undefined
  /** How the connection ended; undefined while it is open. */
  ended: 'whole' | 'cut' | undefined
  readonly #incoming: IncomingMessage
  readonly #waiting = new Set<() => void>()
  #rest = ''

  private constructor(incoming: IncomingMessage) {
    this.status = incoming.statusCode ?? 0
    this.#incoming = incoming
    incoming.setEncoding('utf8')
    incoming.on('data', (text: string) => this.#take(text))
    incoming.on('error', () => {})
    incoming.on('close', () => {
      this.ended = incoming.complete ? 'whole' : 'cut'
      this.#tell()
    })
  }

  /** Connects; resolves with the head of the answer. */
  static async open(url: string, headers: Readonly<Record<string, string>>, lastEventId?: number): Promise<EventStream> {
    const resume = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { headers: { ...headers, ...resume } }, (incoming) => resolve(new EventStream(incoming)))
      outgoing.on('error', reject).end()
    })
  }

  get ids(): number[] {
    return this.events.map(({ id }) => id)
  }

  /** Waits until what came fits, or fails when the connection ends before or nothing fits in time. */
  async until(fits: (stream: EventStream) => boolean, withinMs = 20_000): Promise<this> {
    const late = AbortSignal.timeout(withinMs)
    while (!fits(this)) {
      if (this.ended !== undefined) throw new Error(`the stream ended (${this.ended}) after ${this.events.length} events`)
      await new Promise<void>((resolve, reject) => {
        this.#waiting.add(resolve)
        late.addEventListener('abort', () => reject(new Error(`not within ${withinMs} ms; ${JSON.stringify(this.events)}`)))
      })
    }
    return this
  }

  /** Waits for the end of the connection. */
  async untilEnded(): Promise<this> {
    while (this.ended === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve))
    return this
  }

  close(): void {
    this.#incoming.destroy()
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split('\n\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.#read(part)
    this.#tell()
  }

  #read(part: string): void {
    const fields = Object.fromEntries(
      part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    )
    if (fields['retry'] !== undefined) this.retryMs = Number(fields['retry'])
    if (fields['data'] !== undefined) this.events.push({ id: Number(fields['id']), data: JSON.parse(fields['data']) })
  }

  #tell(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
