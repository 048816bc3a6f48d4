import { z } from 'zod'
import type { KeyKind } from './mongo-keys.ts'

/** A schema in the dialect of MongoDB: draft 4 with `bsonType`. */
export type JsonSchema = Readonly<Record<string, unknown>>

const keyTypes: Readonly<Record<KeyKind, string>> = { objectId: 'objectId', uuid: 'binData', randomUuid: 'binData', string: 'string' }

/** The keywords of draft 4 that MongoDB knows; anything else makes it refuse the whole schema. */
const keywords: ReadonlySet<string> = new Set([
  ...['bsonType', 'enum', 'properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties'],
  ...['items', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'anyOf', 'oneOf', 'allOf', 'not'],
])

/** The validator of a collection, from its zod schema: `id` becomes `_id`, and no other field than those declared is allowed. */
export function toMongoSchema(schema: z.ZodObject, keyKind: KeyKind): JsonSchema {
  const draft4 = z.toJSONSchema(schema, {
    target: 'draft-04',
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const type = zodSchema._zod.def.type
      if (type === 'date') jsonSchema['bsonType'] = 'date'
      if (type === 'bigint') jsonSchema['bsonType'] = ['int', 'long']
    },
  })
  const { properties, required, ...rest } = asObject(translate(draft4))
  const { id: _id, ...fields } = asObject(properties)
  const names = Array.isArray(required) ? required : []
  return {
    ...rest,
    properties: { _id: { bsonType: keyTypes[keyKind] }, ...fields },
    required: ['_id', ...names.filter((name) => name !== 'id')],
    additionalProperties: false,
  }
}

function translate(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(translate)
  if (typeof node !== 'object' || node === null) return node
  const schema = asObject(node)
  // A schema that refers to itself cannot be said in one document; the zod schema still holds at the edge.
  if ('$ref' in schema) return {}
  const entries = Object.entries({ ...schema, ...bsonTypeOf(schema) }).filter(([keyword]) => keywords.has(keyword))
  return Object.fromEntries(entries.flatMap(([keyword, value]) => translateKeyword(keyword, value)))
}

function translateKeyword(keyword: string, value: unknown): [string, unknown][] {
  switch (keyword) {
    case 'properties':
    case 'patternProperties':
      return [[keyword, mapValues(asObject(value), translate)]]
    case 'enum':
    case 'required':
    case 'bsonType':
      return [[keyword, value]]
    case 'pattern':
      // The server compiles patterns by PCRE, which does not know the \u of JavaScript.
      return typeof value === 'string' && !value.includes('\\u') ? [[keyword, value]] : []
    default:
      return [[keyword, translate(value)]]
  }
}

function bsonTypeOf(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const type = schema['type']
  if (type === undefined) return {}
  const types = [type].flat().map(bsonName)
  const bsonType = types.length === 1 ? types[0] : types
  return types.includes('number') && [type].flat().includes('integer') ? { bsonType, multipleOf: schema['multipleOf'] ?? 1 } : { bsonType }
}

/** Whole numbers beyond 32 bits travel as doubles, so an integer is any number without a fraction. */
function bsonName(type: unknown): unknown {
  if (type === 'boolean') return 'bool'
  return type === 'integer' ? 'number' : type
}

function mapValues(source: Readonly<Record<string, unknown>>, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, map(value)]))
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
