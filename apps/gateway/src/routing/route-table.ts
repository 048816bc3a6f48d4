export type ServiceName = 'auth' | 'products' | 'orders'

/** Where every public path begins; the version stands here only, services know nothing of it. */
export const publicPrefix = '/api/v1'

const services: ReadonlyMap<string, ServiceName> = new Map([
  ['auth', 'auth'],
  ['users', 'auth'],
  ['api-keys', 'auth'],
  ['audit', 'auth'],
  ['products', 'products'],
  ['categories', 'products'],
  ['stock', 'products'],
  ['orders', 'orders'],
  ['carts', 'orders'],
])

/** The service that owns a path below the public prefix (`/orders/7`), by its first segment alone. */
export function findService(servicePath: string): ServiceName | undefined {
  const end = servicePath.indexOf('/', 1)
  return services.get(servicePath.slice(1, end === -1 ? undefined : end))
}

/** `/api/v1/orders/7` → `/orders/7`; undefined for a path outside the prefix. */
export function toServicePath(publicPath: string): string | undefined {
  return publicPath.startsWith(`${publicPrefix}/`) ? publicPath.slice(publicPrefix.length) : undefined
}
