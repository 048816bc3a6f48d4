import type { FastifyInstance, FastifyRequest } from 'fastify'

/** One line and one measurement per answered request, with the route pattern and never a path, query, header or body. */
export function addAccessLog(service: FastifyInstance): void {
  service.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)'
    const measure = { method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime }
    service.metrics.recordRequest(measure)
    const isProbe = request.routeOptions.config.access === 'open'
    request.log[isProbe ? 'debug' : 'info'](
      { ...measure, durationMs: Math.round(reply.elapsedTime * 10) / 10, ...whoIs(request) },
      'request',
    )
  })
}

function whoIs({ identity }: FastifyRequest): { userId?: string; caller?: string } {
  if (identity.kind === 'user') return { userId: identity.id }
  return identity.kind === 'service' ? { caller: identity.name } : {}
}
