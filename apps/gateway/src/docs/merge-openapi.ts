import type { OpenApiDocument as PublicDocument } from '@polystore/service-kit'
import { findService, publicPrefix, type ServiceName } from '../routing/route-table.ts'
import { collectReferences, findComponent, mapReferences, type Reference, splitReference } from './component-references.ts'
import { gatewayResponses, withGatewayResponses } from './gateway-responses.ts'
import { isJsonObject, type Json, type JsonObject, type OpenApiDocument } from './openapi-document.ts'

export interface DescribedService {
  readonly service: ServiceName
  readonly document: OpenApiDocument
}

export interface MergeOptions {
  readonly title: string
  readonly version: string
  /** Services that could not be asked; named in the document, so that a gap is not taken for the whole. */
  readonly missing: readonly ServiceName[]
}

const bearerDescription = 'An access token, or an API key with the scope of the operation.'

/** One document of all that the gateway routes: public paths, components of the same name kept apart unless they are equal. */
export function mergeOpenApi(services: readonly DescribedService[], { title, version, missing }: MergeOptions): PublicDocument {
  const merged: Merged = { paths: {}, components: {}, tags: new Map(), operationIds: new Set() }
  for (const described of services) addService(merged, described)
  const components = {
    ...merged.components,
    schemas: merged.components['schemas'] ?? {},
    responses: { ...merged.components['responses'], ...gatewayResponses },
    securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: bearerDescription } },
  }
  return {
    openapi: '3.1.1',
    info: { title, version },
    servers: [{ url: '/' }],
    tags: [...merged.tags.values()],
    paths: merged.paths,
    components,
    ...(missing.length === 0 ? {} : { 'x-missing-services': [...missing] }),
  }
}

interface Merged {
  readonly paths: Record<string, JsonObject>
  readonly components: Record<string, Record<string, JsonObject>>
  readonly tags: Map<string, PublicDocument['tags'][number]>
  readonly operationIds: Set<string>
}

function addService(merged: Merged, { service, document }: DescribedService): void {
  const paths = routedPaths(service, document)
  const rename = addComponents(merged, { service, document, references: collectReferences(paths, document) })
  for (const [path, operations] of Object.entries(paths)) {
    merged.paths[publicPrefix + path] = addOperations(merged, { service, operations: mapReferences(operations, rename) })
  }
  const used = tagsOf(paths)
  for (const { name, description } of document.tags.filter((tag) => used.has(tag.name)))
    merged.tags.set(name, { name, ...(description === undefined ? {} : { description }) })
}

/** What a client may call: nothing that services keep for each other. */
function routedPaths(service: ServiceName, document: OpenApiDocument): Record<string, JsonObject> {
  const routed = Object.entries(document.paths).filter(([path]) => findService(path) === service)
  const open = routed.map(([path, operations]) => [path, withoutServiceOperations(operations)] as const)
  return Object.fromEntries(open.filter(([, operations]) => Object.values(operations).some(isOperation)))
}

function withoutServiceOperations(operations: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(operations).filter(([, operation]) => !isOperation(operation) || operation['x-access'] !== 'service'),
  )
}

function isOperation(value: Json): value is JsonObject {
  return isJsonObject(value) && 'responses' in value
}

function tagsOf(paths: Readonly<Record<string, JsonObject>>): ReadonlySet<Json> {
  const operations = Object.values(paths).flatMap((path) => Object.values(path).filter(isOperation))
  return new Set(operations.flatMap(({ tags }) => (Array.isArray(tags) ? tags : [])))
}

/** Adds what the paths need and says under which name each component now stands. */
function addComponents(
  merged: Merged,
  { service, document, references }: DescribedService & { references: ReadonlySet<Reference> },
): (reference: Reference) => Reference {
  const names = new Map([...references].map((reference) => [reference, freeReference(merged, service, document, reference)]))
  const rename = (reference: Reference): Reference => names.get(reference) ?? reference
  for (const reference of references) {
    const component = findComponent(document, reference)
    const { section, name } = splitReference(rename(reference))
    if (component !== undefined) (merged.components[section] ??= {})[name] = mapReferences(component, rename)
  }
  return rename
}

/** The same name if it is free or means the same, else the name with the service before it: `OrdersAddress`. */
function freeReference(merged: Merged, service: ServiceName, document: OpenApiDocument, reference: Reference): Reference {
  const { section, name } = splitReference(reference)
  const known = merged.components[section]?.[name]
  if (known === undefined || isSame(known, reference, merged, document)) return reference
  return `#/components/${section}/${service.charAt(0).toUpperCase()}${service.slice(1)}${name}`
}

/** Two components are the same when they and all they refer to are. */
function isSame(known: JsonObject, reference: Reference, merged: Merged, document: OpenApiDocument): boolean {
  const wanted = findComponent(document, reference)
  if (wanted === undefined || JSON.stringify(known) !== JSON.stringify(wanted)) return false
  return [...collectReferences(wanted, document)].every((inner) => {
    const { section, name } = splitReference(inner)
    return JSON.stringify(merged.components[section]?.[name]) === JSON.stringify(findComponent(document, inner))
  })
}

function addOperations(merged: Merged, { service, operations }: { service: ServiceName; operations: JsonObject }): JsonObject {
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [
      method,
      isOperation(operation) ? publicOperation(merged, service, operation) : operation,
    ]),
  )
}

function publicOperation(merged: Merged, service: ServiceName, operation: JsonObject): JsonObject {
  const { operationId, security, ...rest } = operation
  const isProtected = Array.isArray(security) && security.length > 0
  return {
    ...(typeof operationId === 'string' ? { operationId: freeOperationId(merged, service, operationId) } : {}),
    ...rest,
    ...(isProtected ? { security: [{ accessToken: [] }] } : {}),
    responses: withGatewayResponses(operation['responses']),
  }
}

function freeOperationId(merged: Merged, service: ServiceName, operationId: string): string {
  const free = merged.operationIds.has(operationId) ? `${service}_${operationId}` : operationId
  merged.operationIds.add(free)
  return free
}
