import type { Service } from '@polystore/service-kit'
import { z } from 'zod'
import type { TokenKeys } from '../tokens/token-keys.ts'
import { keySetMaxAgeSeconds, publishedKey } from './published-key.ts'

const keySet = z.strictObject({ keys: z.array(publishedKey) }).meta({ id: 'KeySet' })

/** The public keys by which access tokens are verified (RFC 7517). */
export function keyRoutes(service: Service, { tokenKeys }: { readonly tokenKeys: TokenKeys }): void {
  service.get(
    '/.well-known/jwks.json',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getKeySet',
        summary: 'The keys that verify access tokens',
        tags: ['keys'],
        response: { 200: keySet },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${keySetMaxAgeSeconds}`)
      return { keys: [...(await tokenKeys.published())] }
    },
  )
}
