import type { FastifyRequest } from 'fastify'
import type { Origin } from './audit-event.ts'

const longestUserAgent = 500

/** Where a request came from; `trustedProxyHops` of the service makes `ip` the client's address as the gateway saw it. */
export function originOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Origin {
  const userAgent = headers['user-agent']?.slice(0, longestUserAgent)
  return { address: ip, userAgent: userAgent ?? null }
}
