import { fastify } from 'fastify'

const thing = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    amount: { type: 'integer' },
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
  },
}
const params = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } }, required: ['id'] }

/** The one route of all services under test; only where the thing comes from differs. Tells the parent its port. */
export async function serveThings(find: (id: string) => Promise<unknown>): Promise<void> {
  const importMs = performance.now()
  const service = fastify()
  service.get<{ Params: { id: string } }>('/things/:id', { schema: { params, response: { 200: thing } } }, async (request, reply) => {
    const found = await find(request.params.id)
    return found ?? reply.code(404).send({ message: 'There is no such thing.' })
  })
  announce(Number(new URL(await service.listen({ host: '127.0.0.1', port: 0 })).port), importMs)
}

/** A service ends with the bench that started it, and tells what it uses when asked. */
export function announce(port: number, importMs: number): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuSeconds: (user + system) / 1_000_000, rssMb: process.memoryUsage.rss() / 2 ** 20, importMs })
  })
  process.send?.({ port })
}
