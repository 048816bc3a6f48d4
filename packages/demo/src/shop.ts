import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How long one call is tried again while the system recovers from a fault, and how long one attempt may take. */
export interface Patience {
  readonly patienceMs: number
  readonly attemptMs: number
}

const usualPatience: Patience = { patienceMs: 60_000, attemptMs: 12_000 }
/** Answers that say "not now": an order in flight, a limit, a service that is down. */
const notNow = new Set([429, 502, 503, 504])

/** The public API as a client sees it, with the patience that a client should have: same call, same key, until it is answered. */
export class Shop {
  readonly #url: string
  readonly #patience: Patience
  /** Attempts that had to be made again. */
  retries = 0

  constructor(url: string, patience = usualPatience) {
    this.#url = url.replace(/\/$/u, '')
    this.#patience = patience
  }

  /** @throws Error when no final answer came in time */
  async call(call: Call): Promise<Answer> {
    const deadline = Date.now() + this.#patience.patienceMs
    let last = 'no attempt'
    while (Date.now() < deadline) {
      const answer = await this.#attempt(call).catch((error: unknown) => String(error))
      if (typeof answer !== 'string' && !isInterim(answer)) return answer
      last = typeof answer === 'string' ? answer : `${answer.status} ${JSON.stringify(answer.body)}`
      this.retries++
      await pause(100 + Math.random() * 300)
    }
    throw new Error(`${call.method} ${call.path} had no final answer: ${last}`)
  }

  /** As `call`, for an answer that must have this status and shape. */
  async expect<Shape>(status: number, schema: z.ZodType<Shape>, call: Call): Promise<Shape> {
    const answer = await this.call(call)
    if (answer.status !== status) {
      throw new Error(`${call.method} ${call.path} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`)
    }
    return schema.parse(answer.body)
  }

  async #attempt({ method, path, token, body, headers }: Call): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(this.#patience.attemptMs),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

const problem = z.looseObject({ type: z.string() })

function isInterim({ status, body }: Answer): boolean {
  if (notNow.has(status)) return true
  return status === 409 && problem.safeParse(body).data?.type === '/problems/idempotency-in-flight'
}
