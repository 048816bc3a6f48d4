import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

const allowedMethods = 'DELETE, GET, HEAD, PATCH, POST, PUT'
const allowedHeaders =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, X-Request-Id, Traceparent'
const exposedHeaders = 'ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id'

/**
 * Lets pages of these origins read every answer, refusals too. Credentials are not allowed: the token
 * travels in a header that a page sets itself. Without origins nothing is added.
 */
export function addCors(service: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins)
  if (allowed.size === 0) return
  service.server.prependListener('request', (request, response) => {
    response.setHeader('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin)) return
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', exposedHeaders)
    response.setHeader('cross-origin-resource-policy', 'cross-origin')
    if (!isPreflight(request)) return
    response.setHeader('access-control-allow-methods', allowedMethods)
    response.setHeader('access-control-allow-headers', allowedHeaders)
    response.setHeader('access-control-max-age', '600')
  })
}

/** A browser's question before the real request; it carries no token and is answered by the gateway. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
