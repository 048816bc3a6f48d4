import { STATUS_CODES } from 'node:http'
import type { FastifySchema } from 'fastify'
import type { Access } from '../identity/access.ts'
import { isEmptyBody } from '../http/response-serializer.ts'
import { isZodSchema } from '../http/zod-definition.ts'
import { problemRegistry, type ProblemSlug, problemType } from '../problems/problem-registry.ts'
import { exampleOf } from './example.ts'
import type { JsonSchema, SchemaComponents } from './json-schema.ts'

export interface DocumentedRoute {
  readonly url: string
  readonly methods: readonly string[]
  readonly access: Access
  readonly mediaTypes: readonly string[]
  readonly schema: FastifySchema
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

/** The OpenAPI operation of one route. */
export function describeOperation(route: DocumentedRoute, components: SchemaComponents): JsonSchema {
  const { schema } = route
  const parameters = describeParameters(route, components)
  return {
    operationId: schema.operationId,
    summary: schema.summary,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.tags === undefined ? {} : { tags: schema.tags }),
    ...(schema.deprecated === true ? { deprecated: true } : {}),
    'x-access': route.access,
    security: securityOf(route.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isZodSchema(schema.body) ? { requestBody: { required: true, content: describeBody(route, components) } } : {}),
    responses: { ...describeResponses(schema, components), ...describeProblems(route) },
  }
}

function describeParameters({ schema }: DocumentedRoute, components: SchemaComponents): Parameter[] {
  const places = [
    ['path', schema.params],
    ['query', schema.querystring],
    ['header', schema.headers],
  ] as const
  const described = places.flatMap(([place, part]) => (isZodSchema(part) ? describePart(place, components.describe(part, 'input')) : []))
  return withDemandedHeaders(described, schema.problems ?? [])
}

const demandedHeaders: Partial<Record<ProblemSlug, Parameter>> = {
  'precondition-required': {
    name: 'if-match',
    in: 'header',
    description: 'The ETag that was read',
    schema: { type: 'string', examples: ['"1"'] },
  },
  'idempotency-key-missing': {
    name: 'idempotency-key',
    in: 'header',
    schema: { type: 'string', pattern: String.raw`^[\x21-\x7e]{1,255}$` },
  },
}

// A header whose absence is a problem of its own is optional to the validator and required of the client. What the route says of it counts.
function withDemandedHeaders(described: readonly Parameter[], problems: readonly ProblemSlug[]): Parameter[] {
  const demanded = problems.map((slug) => demandedHeaders[slug]).filter((header) => header !== undefined)
  const isDemanded = ({ name }: Parameter): boolean => demanded.some((header) => header.name === name)
  const named = demanded.map((header) => {
    const own = described.find(({ name }) => name === header.name)
    return { ...header, ...own, schema: { ...header.schema, ...own?.schema }, required: true }
  })
  return [...described.filter((parameter) => !isDemanded(parameter)), ...named]
}

function describePart(place: Parameter['in'], schema: JsonSchema): Parameter[] {
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(isRecord(schema['properties']) ? schema['properties'] : {}).map(([name, member]) => {
    const { description, ...rest } = isRecord(member) ? member : {}
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      schema: rest,
    }
  })
}

function describeBody(route: DocumentedRoute, components: SchemaComponents): JsonSchema {
  if (!isZodSchema(route.schema.body)) return {}
  const schema = components.describe(route.schema.body, 'input')
  return Object.fromEntries(route.mediaTypes.map((mediaType) => [mediaType, { schema, example: exampleOf(schema, components.schemas) }]))
}

function describeResponses({ response }: FastifySchema, components: SchemaComponents): JsonSchema {
  const entries = Object.entries(isRecord(response) ? response : {})
  return Object.fromEntries(entries.map(([status, schema]) => [status, describeResponse(status, schema, components)]))
}

function describeResponse(status: string, response: unknown, components: SchemaComponents): JsonSchema {
  const description = STATUS_CODES[status] ?? 'Answer'
  if (!isZodSchema(response) || isEmptyBody(response)) return { description }
  const schema = components.describe(response, 'output')
  const mediaType = typeof schema['contentMediaType'] === 'string' ? schema['contentMediaType'] : 'application/json'
  return { description, content: { [mediaType]: { schema, example: exampleOf(schema, components.schemas) } } }
}

// All problems of one status share an answer, each with an example of its own.
function describeProblems(route: DocumentedRoute): JsonSchema {
  const byStatus = Map.groupBy(problemsOf(route), (slug) => problemRegistry[slug].status)
  return Object.fromEntries(
    [...byStatus].sort(([left], [right]) => left - right).map(([status, slugs]) => [String(status), describeProblem(slugs)]),
  )
}

function describeProblem(slugs: readonly ProblemSlug[]): JsonSchema {
  const examples = Object.fromEntries(
    slugs.map((slug) => [
      slug,
      {
        value: {
          type: problemType(slug),
          title: problemRegistry[slug].title,
          status: problemRegistry[slug].status,
          traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        },
      },
    ]),
  )
  const description = slugs.map((slug) => problemRegistry[slug].title).join('; ')
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } } }
}

/** What a route declares, and what every route of its kind can answer. */
function problemsOf({ schema, access }: DocumentedRoute): ProblemSlug[] {
  const slugs = new Set<ProblemSlug>(schema.problems)
  const hasInput = [schema.params, schema.querystring, schema.headers, schema.body].some((part) => part !== undefined)
  if (hasInput) slugs.add('invalid-request')
  if (schema.body !== undefined) for (const slug of ['invalid-json', 'body-too-large', 'unsupported-media-type'] as const) slugs.add(slug)
  if (['user', 'staff', 'admin'].includes(access)) slugs.add('unauthenticated')
  if (['staff', 'admin', 'service'].includes(access)) slugs.add('forbidden')
  return [...slugs.add('internal-error').add('service-unavailable')]
}

function securityOf(access: Access): readonly JsonSchema[] {
  if (access === 'service') return [{ service: [] }]
  return access === 'open' || access === 'public' ? [] : [{ bearer: [] }]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
