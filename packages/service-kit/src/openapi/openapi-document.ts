import { identityHeader } from '../identity/identity-token.ts'
import { problemDocument } from '../problems/problem-document.ts'
import { type JsonSchema, SchemaComponents } from './json-schema.ts'
import { describeOperation, type DocumentedRoute } from './openapi-operation.ts'

export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; description?: string }
  servers: readonly { url: string }[]
  tags: readonly { name: string; description?: string }[]
  paths: Record<string, JsonSchema>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> }
}

export interface OpenApiInfo {
  readonly title: string
  readonly version: string
  readonly description?: string | undefined
}

/** The OpenAPI 3.1 description of all routes that are not hidden. */
export function describeApi(info: OpenApiInfo, routes: readonly DocumentedRoute[]): OpenApiDocument {
  const components = new SchemaComponents()
  components.describe(problemDocument, 'output')
  const paths: Record<string, JsonSchema> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/gu, '{$1}')
    const operation = describeOperation(route, components)
    for (const method of route.methods) paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  const names = [...new Set(routes.flatMap((route) => route.schema.tags ?? []))]
  return {
    openapi: '3.1.1',
    info: { title: info.title, version: info.version, ...(info.description === undefined ? {} : { description: info.description }) },
    servers: [{ url: '/' }],
    tags: names.map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a login' },
        service: { type: 'apiKey', in: 'header', name: identityHeader, description: 'Signed by another service; never from outside' },
      },
    },
  }
}
