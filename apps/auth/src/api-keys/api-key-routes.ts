import { apiKeyCheck, apiKeyVerdict } from '@polystore/contracts'
import { Problem, type Identity, type Service, type UserIdentity } from '@polystore/service-kit'
import { z } from 'zod'
import { callerOf } from '../audit/caller.ts'
import type { ApiKeyDependencies } from './api-key-dependencies.ts'
import { apiKeyList, apiKeyParams, apiKeyQuery, createdApiKey, newApiKeyBody } from './api-key-schemas.ts'
import { createApiKey } from './create-api-key.ts'
import { listApiKeys } from './list-api-keys.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { verifyApiKey } from './verify-api-key.ts'

const tags = ['api-keys']

/** Keys for machines: for their owners, and for the gateway that checks them. */
export function apiKeyRoutes(service: Service, dependencies: ApiKeyDependencies): void {
  addCreateRoute(service, dependencies)
  addListRoute(service, dependencies)
  addRevokeRoute(service, dependencies)
  addVerifyRoute(service, dependencies)
}

function addCreateRoute(service: Service, dependencies: ApiKeyDependencies): void {
  service.post(
    '/api-keys',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key; the answer shows it once',
        tags,
        body: newApiKeyBody,
        response: { 201: createdApiKey },
        problems: ['invalid-token', 'insufficient-scope', 'too-many-api-keys'],
      },
    },
    async (request, reply) => {
      const { id: userId } = ownerOf(request.identity)
      const created = await createApiKey(dependencies, { userId, body: request.body, caller: callerOf(request) })
      return reply.code(201).header('cache-control', 'no-store').send(created)
    },
  )
}

function addListRoute(service: Service, dependencies: ApiKeyDependencies): void {
  service.get(
    '/api-keys',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listMyApiKeys',
        summary: 'My API keys, the newest first',
        tags,
        querystring: apiKeyQuery.schema,
        response: { 200: apiKeyList },
        problems: ['insufficient-scope', 'invalid-cursor'],
      },
    },
    async (request) => listApiKeys(dependencies, { ...request.query, userId: ownerOf(request.identity).id }),
  )
}

function addRevokeRoute(service: Service, dependencies: ApiKeyDependencies): void {
  service.delete(
    '/api-keys/:id',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'End an API key of mine; an administrator ends any',
        tags,
        params: apiKeyParams,
        response: { 204: z.undefined() },
        problems: ['not-found', 'insufficient-scope'],
      },
    },
    async (request, reply) => {
      await revokeApiKey(dependencies, { id: request.params.id, by: ownerOf(request.identity), caller: callerOf(request) })
      return reply.code(204).send()
    },
  )
}

function addVerifyRoute(service: Service, dependencies: ApiKeyDependencies): void {
  service.post(
    '/internal/api-keys/verify',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'verifyApiKey',
        summary: 'Whom an API key stands for, for the gateway',
        tags: ['internal'],
        body: apiKeyCheck,
        response: { 200: apiKeyVerdict },
      },
    },
    async (request) => verifyApiKey(dependencies, request.body.key),
  )
}

/** A key makes no keys and ends none: whoever finds one cannot outlive its end. */
function ownerOf(identity: Identity): UserIdentity {
  if (identity.kind !== 'user') throw new Problem('unauthenticated')
  if (identity.apiKeyId !== undefined) throw new Problem('insufficient-scope')
  return identity
}
