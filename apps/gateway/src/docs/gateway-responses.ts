import { problemRegistry, type ProblemSlug } from '@polystore/service-kit'
import { isJsonObject, type Json, type JsonObject } from './openapi-document.ts'

const slugs = [
  'invalid-token',
  'insufficient-scope',
  'rate-limited',
  'bad-gateway',
  'upstream-unavailable',
  'upstream-timeout',
] as const satisfies readonly ProblemSlug[]

const problemSchema: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' } },
}

/** What the gateway itself may answer to any operation, by status. */
export const gatewayResponses: Readonly<Record<string, JsonObject>> = Object.fromEntries(slugs.map((slug) => [slug, toResponse(slug)]))

/** Adds the gateway's own answers to those of an operation; a status the service describes stays as it is. */
export function withGatewayResponses(responses: Json | undefined): JsonObject {
  const own = slugs.map((slug) => [String(problemRegistry[slug].status), { $ref: `#/components/responses/${slug}` }] as const)
  return { ...Object.fromEntries(own), ...(isJsonObject(responses) ? responses : {}) }
}

function toResponse(slug: ProblemSlug): JsonObject {
  const { title, status, description } = problemRegistry[slug]
  return {
    description,
    content: { 'application/problem+json': { schema: problemSchema, example: { type: `/problems/${slug}`, title, status } } },
  }
}
