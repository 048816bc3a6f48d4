import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { onTestFinished } from 'vitest'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** A real HTTP server that stands for a service and may behave as badly as a test likes. */
export interface TestUpstream {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Requests that were read to their end, without probes. */
  readonly seen: SeenRequest[]
  /** Requests that began, without probes. */
  hits(): number
  close(): Promise<void>
}

/** Answers by the listener; `/readyz` answers 200 unless the listener takes it. */
export async function startUpstream(
  listener: RequestListener = answerJson({ ok: true }),
  options: { port?: number } = {},
): Promise<TestUpstream> {
  const seen: SeenRequest[] = []
  let hits = 0
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return void response.end('{"status":"pass"}')
    hits++
    void record(request, seen)
    listener(request, response)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${port}`, port, server, seen, hits: () => hits, close }
}

/** Answers every request with one JSON document. */
export function answerJson(document: unknown, status = 200): RequestListener {
  return (request, response) => {
    request.resume()
    request.on('end', () => {
      const body = JSON.stringify(document)
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
    })
  }
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function record(request: IncomingMessage, seen: SeenRequest[]): Promise<void> {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('error', () => {})
  await new Promise<void>((resolve) => request.on('end', resolve))
  const { method = '', url = '', headers, rawHeaders } = request
  seen.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('utf8') })
}
