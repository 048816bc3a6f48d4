import type { IncomingHttpHeaders } from 'node:http'

/** Of a client's headers only these go on to a service; all else, hop-by-hop and identity headers with it, ends here. */
const requestHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'prefer',
  'range',
  'user-agent',
])

/** Of a service's headers only these go back; `location` and `link` are rewritten on their way. */
const responseHeaders: ReadonlySet<string> = new Set([
  'accept-patch',
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  // A service that answers with a page says what the page may do; it replaces the gateway's own, which allows nothing.
  'content-security-policy',
  'content-type',
  'date',
  'deprecation',
  'etag',
  'expires',
  'idempotent-replayed',
  'last-modified',
  'link',
  'location',
  'preference-applied',
  'retry-after',
  'sunset',
  'vary',
  'www-authenticate',
  // For a proxy in front: a stream is not to be gathered.
  'x-accel-buffering',
])

/** The client's headers that may pass, as undici takes them: name, value, name, value. */
export function filterRequestHeaders(headers: IncomingHttpHeaders): string[] {
  const named = namesInConnection(headers.connection)
  const kept: string[] = []
  for (const name in headers) {
    if (!requestHeaders.has(name) || named.has(name)) continue
    const value = headers[name]
    if (typeof value === 'string') kept.push(name, value)
  }
  return kept
}

/** Calls back for every header of a service's answer that may pass. */
export function eachResponseHeader(headers: IncomingHttpHeaders, visit: (name: string, value: string | string[]) => void): void {
  const named = namesInConnection(headers.connection)
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && responseHeaders.has(name) && !named.has(name)) visit(name, value)
  }
}

const none: ReadonlySet<string> = new Set()

/** A `Connection` header names the headers that are meant for this hop alone (RFC 9110, 7.6.1). */
function namesInConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return none
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
