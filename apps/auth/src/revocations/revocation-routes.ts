import { revocationPage } from '@polystore/contracts'
import { queryInteger, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { listRevocations, type RevocationDependencies } from './list-revocations.ts'

const afterQuery = z.strictObject({
  after: queryInteger({ min: 0, max: Number.MAX_SAFE_INTEGER })
    .default(0)
    .meta({ description: '`settled` of the round before, or the last id of the page before', examples: [0] }),
})

/** What the gateway asks for several times a second. */
export function revocationRoutes(service: Service, dependencies: RevocationDependencies): void {
  service.get(
    '/internal/revocations',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'listRevocations',
        summary: 'Which sessions, users and API keys were revoked lately, for the gateway',
        tags: ['internal'],
        querystring: afterQuery,
        response: { 200: revocationPage },
      },
    },
    async (request) => listRevocations(dependencies, request.query.after),
  )
}
