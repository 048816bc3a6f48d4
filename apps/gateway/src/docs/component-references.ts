import { isJsonObject, type Json, type JsonObject, type OpenApiDocument } from './openapi-document.ts'

/** `#/components/schemas/Order`, in `$ref` and in the mapping of a discriminator. */
export type Reference = `#/components/${string}/${string}`

const pattern = /^#\/components\/([^/]+)\/([^/]+)$/u

export function isReference(value: Json): value is Reference {
  return typeof value === 'string' && pattern.test(value)
}

export function splitReference(reference: Reference): { section: string; name: string } {
  const [, section = '', name = ''] = pattern.exec(reference) ?? []
  return { section, name }
}

/** All components that a value needs, directly or through others. */
export function collectReferences(value: Json, document: OpenApiDocument, found = new Set<Reference>()): Set<Reference> {
  visitReferences(value, (reference) => {
    if (found.has(reference)) return
    found.add(reference)
    const component = findComponent(document, reference)
    if (component !== undefined) collectReferences(component, document, found)
  })
  return found
}

export function findComponent(document: OpenApiDocument, reference: Reference): JsonObject | undefined {
  const { section, name } = splitReference(reference)
  return document.components[section]?.[name]
}

/** A deep copy with every reference replaced. */
export function mapReferences(value: JsonObject, replace: (reference: Reference) => Reference): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapValue(member, replace)]))
}

function mapValue(value: Json, replace: (reference: Reference) => Reference): Json {
  if (isReference(value)) return replace(value)
  if (Array.isArray(value)) return value.map((item) => mapValue(item, replace))
  return isJsonObject(value) ? mapReferences(value, replace) : value
}

function visitReferences(value: Json, visit: (reference: Reference) => void): void {
  if (isReference(value)) visit(value)
  else if (Array.isArray(value)) for (const item of value) visitReferences(item, visit)
  else if (isJsonObject(value)) for (const member of Object.values(value)) visitReferences(member, visit)
}
