import type { Schema } from 'fast-json-stringify'
import type { z } from 'zod'
import { definitionOf } from './zod-definition.ts'

/** The part of JSON Schema that is needed, as one shape; the library types each `type` apart. */
interface SerializerSchema {
  type?: string | string[]
  format?: string
  nullable?: boolean
  enum?: readonly unknown[]
  properties?: Record<string, SerializerSchema>
  required?: string[]
  additionalProperties?: boolean | SerializerSchema
  items?: SerializerSchema | SerializerSchema[]
  anyOf?: SerializerSchema[]
  allOf?: SerializerSchema[]
  $ref?: string
  definitions?: Record<string, SerializerSchema>
}

/**
 * A response schema for fast-json-stringify: members that are not declared are dropped, dates become ISO strings, and only
 * unions of objects need a choice at run time. @throws for transforms and whatever else JSON cannot show
 */
export function toSerializerSchema(schema: z.core.$ZodType): Schema {
  const walk: Walk = { open: new Set(), names: new Map(), definitions: {} }
  const root = convert(schema, walk)
  const compilable: Schema = JSON.parse(JSON.stringify({ ...root, definitions: walk.definitions }))
  return compilable
}

/** State of one conversion: `open` finds recursion, `names` are the objects that refer to themselves. */
interface Walk {
  readonly open: Set<z.core.$ZodType>
  readonly names: Map<z.core.$ZodType, string>
  readonly definitions: Record<string, SerializerSchema>
}

function convert(schema: z.core.$ZodType, walk: Walk): SerializerSchema {
  const definition = definitionOf(schema)
  switch (definition.type) {
    case 'string':
    case 'template_literal':
      return { type: 'string' }
    case 'number':
      return { type: isInteger(definition) ? 'integer' : 'number' }
    case 'bigint':
      return { type: 'integer' }
    case 'boolean':
      return { type: 'boolean' }
    case 'date':
      return { type: 'string', format: 'date-time' }
    case 'null':
      return { type: 'null' }
    case 'any':
    case 'unknown':
      return {}
    case 'literal':
      return ofValues(definition.values)
    case 'enum':
      return ofValues(Object.values(definition.entries))
    case 'array':
      return { type: 'array', items: convert(definition.element, walk) }
    case 'record':
      return { type: 'object', additionalProperties: convert(definition.valueType, walk) }
    case 'object':
      return convertObject(schema, definition, walk)
    case 'nullable':
      return nullable(convert(definition.innerType, walk))
    case 'union':
      return union(definition.options.map((option) => convert(option, walk)))
    case 'intersection':
      return { allOf: [convert(definition.left, walk), convert(definition.right, walk)] }
    case 'optional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return convert(definition.innerType, walk)
    case 'lazy':
      return convert(definition.getter(), walk)
    case 'pipe':
      return convertPipe(definition, walk)
    default:
      throw new Error(`a response schema cannot hold ${definition.type}`)
  }
}

// A codec between text and date is known in both directions; any other transform runs only when zod parses.
function convertPipe(definition: z.core.$ZodPipeDef, walk: Walk): SerializerSchema {
  const out = definitionOf(definition.out)
  if (out.type === 'transform' || definitionOf(definition.in).type === 'transform')
    throw new Error('a response schema cannot hold a transform')
  if ('reverseTransform' in definition && out.type !== 'date')
    throw new Error('a response schema cannot hold a codec other than text to date')
  return convert(definition.out, walk)
}

function convertObject(schema: z.core.$ZodType, definition: z.core.$ZodObjectDef, walk: Walk): SerializerSchema {
  if (walk.open.has(schema)) return { $ref: `#/definitions/${nameOf(schema, walk)}` }
  walk.open.add(schema)
  const members = Object.entries(definition.shape)
  const converted: SerializerSchema = {
    type: 'object',
    properties: Object.fromEntries(members.map(([name, member]) => [name, convert(member, walk)])),
    required: members.filter(([, member]) => member._zod.optout !== 'optional').map(([name]) => name),
    ...(isLoose(definition) ? { additionalProperties: true } : {}),
  }
  walk.open.delete(schema)
  const name = walk.names.get(schema)
  if (name === undefined) return converted
  walk.definitions[name] = converted
  return { $ref: `#/definitions/${name}` }
}

function nameOf(schema: z.core.$ZodType, walk: Walk): string {
  const name = walk.names.get(schema) ?? `object${walk.names.size + 1}`
  walk.names.set(schema, name)
  return name
}

function isLoose(definition: z.core.$ZodObjectDef): boolean {
  return definition.catchall !== undefined && definitionOf(definition.catchall).type !== 'never'
}

function isInteger(definition: z.core.$ZodNumberDef): boolean {
  const formats = [definition, ...(definition.checks ?? []).map((check) => check._zod.def)]
  return formats.some((format) => 'format' in format && typeof format.format === 'string' && /int/u.test(format.format))
}

function ofValues(values: readonly unknown[]): SerializerSchema {
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value === 'bigint' ? 'integer' : typeof value)))]
  const [type = 'string'] = types
  return { type: types.length === 1 ? type : types, enum: values }
}

function nullable(schema: SerializerSchema): SerializerSchema {
  if (schema.anyOf !== undefined) return { anyOf: [...schema.anyOf, { type: 'null' }] }
  if (schema.$ref !== undefined || schema.allOf !== undefined) return { anyOf: [schema, { type: 'null' }] }
  if (Object.keys(schema).length === 0) return schema
  return { ...schema, nullable: true, ...(schema.enum === undefined ? {} : { enum: [...schema.enum, null] }) }
}

function union(options: readonly SerializerSchema[]): SerializerSchema {
  const others = options.filter((option) => option.type !== 'null')
  const [only] = others
  if (only !== undefined && others.length === 1) return others.length === options.length ? only : nullable(only)
  const merged: SerializerSchema = areTexts(others) ? { type: 'string' } : { anyOf: [...others] }
  return others.length === options.length ? merged : nullable(merged)
}

function areTexts(options: readonly SerializerSchema[]): boolean {
  return options.every((option) => option.type === 'string' && option.format === undefined)
}
