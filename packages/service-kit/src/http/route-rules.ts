import type { RouteOptions } from 'fastify'
import { accessLevels } from '../identity/access.ts'
import type { DocumentedRoute } from '../openapi/openapi-operation.ts'
import { isProblemSlug } from '../problems/problem-registry.ts'
import { requestSchemaFaults } from './schema-rules.ts'
import { isZodSchema } from './zod-definition.ts'

/** All that is wrong with the declarations of all routes, each with its method and path. */
export function routeFaults(routes: readonly RouteOptions[]): string[] {
  const faults = routes.flatMap((route) => faultsOf(route).map((fault) => `${methodsOf(route).join(',')} ${route.url}: ${fault}`))
  return [...faults, ...duplicateOperations(routes)]
}

/** The routes that belong in the API description. */
export function documentedRoutes(routes: readonly RouteOptions[]): DocumentedRoute[] {
  return routes
    .filter((route) => route.schema?.hide !== true && route.schema?.operationId !== undefined)
    .map((route) => ({
      url: route.url,
      methods: methodsOf(route).filter((method) => method !== 'HEAD'),
      access: route.config?.access ?? 'admin',
      mediaTypes: route.config?.mediaTypes ?? ['application/json'],
      schema: route.schema ?? {},
    }))
    .filter((route) => route.methods.length > 0)
}

export function methodsOf(route: RouteOptions): string[] {
  return Array.isArray(route.method) ? route.method : [route.method]
}

function faultsOf({ config, schema }: RouteOptions): string[] {
  const faults: string[] = []
  if (config?.access === undefined || !accessLevels.includes(config.access))
    faults.push(`config.access must be one of ${accessLevels.join(', ')}`)
  if (schema?.hide !== true && (schema?.operationId === undefined || schema.summary === undefined))
    faults.push('schema.operationId and schema.summary are required')
  for (const part of ['body', 'querystring'] as const) {
    const partSchema = schema?.[part]
    if (isZodSchema(partSchema)) faults.push(...requestSchemaFaults(partSchema, part))
  }
  for (const slug of schema?.problems ?? [])
    if (!isProblemSlug(slug)) faults.push(`schema.problems names ${String(slug)}, which is not in the problem registry`)
  return faults
}

function duplicateOperations(routes: readonly RouteOptions[]): string[] {
  const ids = documentedRoutes(routes).map((route) => route.schema.operationId)
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map((id) => `operationId ${String(id)} is used twice`)
}
