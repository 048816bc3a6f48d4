import type { z } from 'zod'

/** The definition of any zod schema as a union that can be switched on by `type`. */
export function definitionOf(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  if (!isKnownSchema(schema)) throw new Error('This is not a schema of zod')
  return schema._zod.def
}

// zod's own base class does not say that its subclasses are all there are.
function isKnownSchema(schema: z.core.$ZodType): schema is z.core.$ZodTypes {
  return '_zod' in schema
}

export function isZodSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

/** The schemas directly inside a schema. */
export function childrenOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const definition = definitionOf(schema)
  switch (definition.type) {
    case 'object':
      return [...Object.values(definition.shape), ...(definition.catchall === undefined ? [] : [definition.catchall])]
    case 'array':
      return [definition.element]
    case 'record':
    case 'map':
      return [definition.keyType, definition.valueType]
    case 'tuple':
      return [...definition.items, ...(definition.rest === null ? [] : [definition.rest])]
    case 'union':
      return [...definition.options]
    case 'intersection':
      return [definition.left, definition.right]
    case 'pipe':
      return [definition.in, definition.out]
    case 'lazy':
      return [definition.getter()]
    default:
      return 'innerType' in definition ? [definition.innerType] : []
  }
}
