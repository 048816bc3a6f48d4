import type { ApiKeyScope, ScopeArea } from '@polystore/contracts'
import { Problem } from '@polystore/service-kit'
import { findTargetFault, pathOf } from '../proxy/request-target.ts'
import { toServicePath } from '../routing/route-table.ts'

/** The area that a path belongs to, by its first segment; what is not here takes no API key. */
const areas: ReadonlyMap<string, ScopeArea> = new Map([
  ['products', 'products'],
  ['categories', 'products'],
  ['stock', 'stock'],
  ['orders', 'orders'],
  ['carts', 'carts'],
  ['users', 'users'],
])

/** Whoever finds a key must not be able to take over the account. */
const withoutKeys = /^\/users\/me\/password\/?$/u

export interface RequestedOperation {
  readonly method: string
  /** As the client wrote it: path and query. */
  readonly target: string
}

/** Throws unless an API key with these scopes is good for the operation. @throws Problem insufficient-scope, invalid-url */
export function assertScope(scopes: readonly ApiKeyScope[], operation: RequestedOperation): void {
  const needed = neededScope(operation)
  if (needed !== undefined && scopes.includes(needed)) return
  const scope = needed === undefined ? '' : `, scope="${needed}"`
  const challenge = `Bearer realm="polystore", error="insufficient_scope"${scope}`
  throw new Problem('insufficient-scope', { headers: { 'www-authenticate': challenge } })
}

function neededScope({ method, target }: RequestedOperation): ApiKeyScope | undefined {
  // What a service might read otherwise than the gateway does must not get as far as being weighed.
  const fault = findTargetFault(target)
  if (fault !== undefined) throw new Problem('invalid-url', { detail: fault })
  const path = toServicePath(pathOf(target)) ?? ''
  const area = areas.get(path.split('/', 2)[1] ?? '')
  if (area === undefined || withoutKeys.test(decodeURIComponent(path))) return undefined
  return method === 'GET' || method === 'HEAD' ? `${area}:read` : `${area}:write`
}
