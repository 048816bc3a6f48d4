import type { IncomingHttpHeaders } from 'node:http'
import type { Origin } from './audit-event.ts'

const longestUserAgent = 500

/** What a request tells of where it came from. */
export interface OriginOfRequest {
  readonly ip: string
  readonly headers: IncomingHttpHeaders
}

/** Where a request came from; `trustedProxyHops` of the service makes `ip` the client's address as the gateway saw it. */
export function originOf({ ip, headers }: OriginOfRequest): Origin {
  const userAgent = headers['user-agent']?.slice(0, longestUserAgent)
  return { address: ip, userAgent: userAgent ?? null }
}
