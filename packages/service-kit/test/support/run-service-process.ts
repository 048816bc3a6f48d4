import { z } from 'zod'
import { createService, parseConfig, commonConfig, runService } from '../../src/index.ts'

/** A service of its own process; steered by variables of the environment, watched by its log on stdout. */
const config = parseConfig(z.object({ ...commonConfig, PORT: commonConfig.PORT }), process.env)
let dependencyIsUp = process.env['DEPENDENCY'] !== 'down'

await runService({
  name: 'demo',
  config,
  build: () => {
    const service = createService({
      name: 'demo',
      version: '1',
      internalSecret: config.INTERNAL_SECRET,
      identify: () => ({ kind: 'anonymous' }),
    })
    const open = (operationId: string) => ({ config: { access: 'public' as const }, schema: { operationId, summary: operationId } })
    service.get('/work', { ...open('work'), config: { access: 'public' as const, timeoutMs: 60_000 } }, async (request) => {
      service.log.info('work begins')
      const { promise, resolve } = Promise.withResolvers<void>()
      process.once('SIGUSR2', () => resolve())
      await promise
      return { finished: !request.deadline.aborted }
    })
    service.get('/fast', open('fast'), async () => ({ fast: true }))
    service.get('/throw', open('throw'), async () => {
      setImmediate(() => {
        throw new Error('nobody catches postgres://shop:hunter2@db/shop')
      })
      return {}
    })
    service.get('/reject', open('reject'), async () => {
      void Promise.reject(new Error('nobody catches postgres://shop:hunter2@db/shop'))
      return {}
    })
    return service
  },
  start: async () => {
    process.once('SIGUSR1', () => (dependencyIsUp = true))
    if (!dependencyIsUp) throw new Error('the database postgres://shop:hunter2@db/shop is down')
  },
  close: [
    async () => void process.stdout.write('{"msg":"first close"}\n'),
    async () => void process.stdout.write('{"msg":"second close"}\n'),
  ],
})
