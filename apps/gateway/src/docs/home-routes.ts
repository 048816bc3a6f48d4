import type { Service } from '@polystore/service-kit'

/** The public address itself leads to the API reference. */
export function addHomeRoutes(service: Service): void {
  service.get('/', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) => reply.redirect('/docs/', 302))
}
