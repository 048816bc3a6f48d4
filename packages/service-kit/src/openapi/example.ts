import type { JsonSchema } from './json-schema.ts'

const maximumDepth = 8

/** A value that fits a JSON Schema, preferring what the schema gives as example. */
export function exampleOf(schema: unknown, components: Readonly<Record<string, JsonSchema>>, depth = 0): unknown {
  if (!isSchema(schema) || depth > maximumDepth) return null
  if (typeof schema['$ref'] === 'string')
    return exampleOf(components[schema['$ref'].slice('#/components/schemas/'.length)], components, depth + 1)
  const [given] = [...listOf(schema['examples']), schema['default'], schema['const'], listOf(schema['enum'])[0]].filter(
    (value) => value !== undefined,
  )
  if (given !== undefined) return given
  const [option] = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])]
  if (option !== undefined) return exampleOf(option, components, depth + 1)
  if (Array.isArray(schema['allOf'])) return Object.assign({}, ...schema['allOf'].map((part) => exampleOf(part, components, depth + 1)))
  return exampleOfType(schema, components, depth)
}

function exampleOfType(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>, depth: number): unknown {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type']
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(isSchema(schema['properties']) ? schema['properties'] : {}).map(([name, member]) => [
          name,
          exampleOf(member, components, depth + 1),
        ]),
      )
    case 'array':
      return schema['items'] === undefined ? [] : [exampleOf(schema['items'], components, depth + 1)]
    case 'string':
      return exampleOfFormat(schema)
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' && schema['minimum'] > 1 ? schema['minimum'] : 1
    case 'boolean':
      return true
    default:
      return null
  }
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00.000Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uuid: '01912f4e-7c3a-7b2e-8d1f-0123456789ab',
  uri: 'https://example.com/',
}

function exampleOfFormat(schema: JsonSchema): string {
  const text = typeof schema['format'] === 'string' ? (formats[schema['format']] ?? 'text') : 'text'
  return typeof schema['minLength'] === 'number' ? text.padEnd(schema['minLength'], '-') : text
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
