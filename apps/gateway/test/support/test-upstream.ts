import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Revocation, RevocationPage, RevokedKind } from '@polystore/contracts'
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
  /** Requests that were read to their end, without probes and questions what was revoked. */
  readonly seen: SeenRequest[]
  /** Requests that began, without the same. */
  hits(): number
  /** As auth, revokes from now on. */
  revoke(kind: RevokedKind, subject: string): void
  close(): Promise<void>
}

/** Answers by the listener, but for probes and the question what was revoked. */
export async function startUpstream(
  listener: RequestListener = answerJson({ ok: true }),
  options: { port?: number } = {},
): Promise<TestUpstream> {
  const seen: SeenRequest[] = []
  const revoked: Revocation[] = []
  let hits = 0
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return void response.end('{"status":"pass"}')
    if (request.url?.startsWith('/internal/revocations')) return answerRevocations(revoked)(request, response)
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
  const revoke: TestUpstream['revoke'] = (kind, subject) => {
    revoked.push({ id: revoked.length + 1, kind, subject, at: new Date().toISOString() })
  }
  return { url: `http://127.0.0.1:${port}`, port, server, seen, hits: () => hits, revoke, close }
}

/** Two to a page, so that pages are turned. */
function answerRevocations(revoked: readonly Revocation[]): RequestListener {
  return (request, response) => {
    const after = Number(request.url?.split('=')[1])
    const items = revoked.filter(({ id }) => id > after).slice(0, 2)
    answerJson({ items, settled: 0, more: items.length === 2, keepSeconds: 300 } satisfies RevocationPage)(request, response)
  }
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
