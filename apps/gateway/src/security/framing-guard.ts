import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '@polystore/service-kit'
import type { FastifyInstance } from 'fastify'

/** Where a request ends is in doubt, so what follows it on the connection may not be a request at all. */
const doubtful = new WeakSet<Socket>()

/** Notes connections with a request whose framing is refused; must be added before the first request. */
export function addFramingGuard(service: FastifyInstance): void {
  service.server.prependListener('request', (request) => {
    const encoding = request.headers['transfer-encoding']
    if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') doubtful.add(request.socket)
  })
}

/** Throws for a request that came behind a refused one on the same connection. */
export function assertCertainFraming(request: IncomingMessage): void {
  if (doubtful.has(request.socket)) throw new Problem('malformed-request', { headers: { connection: 'close' } })
}
