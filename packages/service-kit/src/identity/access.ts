import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'
import type { Identity, Role } from './identity.ts'
import { identityHeader, type IdentityVerifier } from './identity-token.ts'

/**
 * Who may call a route. `open` needs no signed identity and is for probes and documents alone;
 * `public` takes any signed identity, also an anonymous one.
 */
export type Access = 'open' | 'public' | 'user' | 'staff' | 'admin' | 'service'

export const accessLevels: readonly Access[] = ['open', 'public', 'user', 'staff', 'admin', 'service']

/** Finds out who asks. Throws `not-through-gateway` or `invalid-token` when that cannot be trusted. */
export type IdentifyRequest = (request: FastifyRequest) => Identity | Promise<Identity>

/** Reads the signed identity header; without a genuine one the request did not come through the gateway. */
export function identifyBySignature(verify: IdentityVerifier): IdentifyRequest {
  return (request) => {
    const token = request.headers[identityHeader]
    const identity = typeof token === 'string' ? verify(token) : undefined
    if (identity === undefined) throw new Problem('not-through-gateway')
    return identity
  }
}

/** Throws unless the identity may use a route of this level; a level that is not known lets nobody in. */
export function assertAccess(access: Access | undefined, identity: Identity): void {
  switch (access) {
    case 'open':
    case 'public':
      return
    case 'service':
      if (identity.kind !== 'service') throw new Problem('forbidden')
      return
    case 'user':
      return assertUser(identity, [])
    case 'staff':
      return assertUser(identity, ['staff', 'admin'])
    case 'admin':
      return assertUser(identity, ['admin'])
    default:
      throw new Problem('forbidden')
  }
}

function assertUser(identity: Identity, anyOf: readonly Role[]): void {
  if (identity.kind === 'anonymous') throw new Problem('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } })
  if (identity.kind === 'service') throw new Problem('forbidden')
  if (anyOf.length > 0 && !identity.roles.some((role) => anyOf.includes(role))) throw new Problem('forbidden')
}
