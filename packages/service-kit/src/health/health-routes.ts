import type { FastifyInstance } from 'fastify'
import type { Readiness } from './readiness.ts'

export interface HealthOptions {
  readonly name: string
  readonly version: string
  readonly readiness: Readiness
  /** Details for staff, such as the health of each pool. Holds no secrets. */
  readonly health?: (() => Promise<Readonly<Record<string, unknown>>>) | undefined
  /** `open` unless said otherwise: a service is not reached from outside. The gateway is, and says `staff`. */
  readonly metricsAccess?: 'open' | 'staff' | undefined
}

/** `/livez` (this process), `/readyz` (its databases), `/health` (details, for staff), `/metrics`. */
export function addHealthRoutes(service: FastifyInstance, options: HealthOptions): void {
  const open = { config: { access: 'open', probe: true }, schema: { hide: true } } as const
  const noStore = { 'cache-control': 'no-store' }

  service.get('/livez', open, (_request, reply) => reply.headers(noStore).send({ status: 'pass' }))

  service.get('/readyz', open, async (_request, reply) => {
    await options.readiness.assertReady()
    return reply.headers(noStore).send({ status: 'pass' })
  })

  service.get('/health', { config: { access: 'staff', probe: true }, schema: { hide: true } }, async (_request, reply) => {
    const reason = await options.readiness.reasonAgainst()
    const uptimeSeconds = Math.round((Date.now() - service.state.startedAtMs) / 1_000)
    const details = (await options.health?.()) ?? {}
    reply.headers({ ...noStore, 'content-type': 'application/health+json; charset=utf-8' })
    const status = reason === undefined ? 'pass' : 'fail'
    return JSON.stringify({
      status,
      serviceId: options.name,
      version: options.version,
      phase: service.state.phase,
      uptimeSeconds,
      output: reason,
      checks: details,
    })
  })

  service.get('/metrics', { ...open, config: { access: options.metricsAccess ?? 'open', probe: true } }, async (_request, reply) => {
    reply.headers({ ...noStore, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    return service.metrics.render()
  })
}
