import { Agent, request } from 'node:http'

export interface RawRequest {
  method: string
  /** Path and query, sent as they are. */
  target: string
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
}

export interface Answer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
}

const timeoutMs = 15_000

/** A client that repairs nothing: what is wrong with a request is sent as it is. */
export class HttpExchange {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })

  async send(origin: string, { method, target, headers = {}, body }: RawRequest): Promise<Answer> {
    const { hostname, port } = new URL(origin)
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.#agent,
          hostname,
          port,
          method,
          path: target,
          headers: { ...headers, ...length },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (incoming) => {
          const chunks: Buffer[] = []
          const answered = () => ({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          })
          incoming.on('data', (chunk: Buffer) => {
            chunks.push(chunk)
            // A stream does not end by itself; that it has begun is the answer.
            if (!incoming.headers['content-type']?.startsWith('text/event-stream')) return
            incoming.destroy()
            resolve(answered())
          })
          incoming.on('error', reject)
          incoming.on('end', () => resolve(answered()))
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async json<Body>(origin: string, target: string): Promise<Body> {
    const { status, text } = await this.send(origin, { method: 'GET', target })
    if (status !== 200) throw new Error(`${target} answered ${status}`)
    const body: Body = JSON.parse(text)
    return body
  }

  close(): void {
    this.#agent.destroy()
  }
}
