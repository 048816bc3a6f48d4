import type { FastifyInstance } from 'fastify'

/** An API answer is never a page: nothing in it may load, frame or be framed. The docs and problem pages set their own policy. */
const securityHeaders: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=()'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
]

/** Sets the headers before any hook runs, so that refusals and forwarded answers have them as well. */
export function addSecurityHeaders(service: FastifyInstance): void {
  service.server.prependListener('request', (_request, response) => {
    for (const [name, value] of securityHeaders) response.setHeader(name, value)
  })
}
