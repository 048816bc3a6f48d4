import { z } from 'zod'
import { definitionOf } from '../http/zod-definition.ts'

export type JsonSchema = Record<string, unknown>

/** The named schemas of one document; entities carry their name by `.meta({ id })`. */
export class SchemaComponents {
  readonly schemas: Record<string, JsonSchema> = {}

  /** JSON Schema 2020-12 of what a client sends (`input`) or receives (`output`). */
  describe(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _dialect, $defs: definitions = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: refine })
    const names = new Map(Object.entries(definitions).map(([name, definition]) => [name, this.#place(name, definition, io)]))
    for (const [name, placed] of names) this.schemas[placed] ??= rewriteReferences(definitions[name], names)
    return rewriteReferences(root, names)
  }

  // What is sent and what is received may differ under one name, by defaults for example; then the second is named for its side.
  #place(name: string, definition: unknown, io: 'input' | 'output'): string {
    const known = this.#origins.get(name)
    const text = JSON.stringify(definition)
    if (known === undefined) this.#origins.set(name, text)
    return known === undefined || known === text ? name : `${name}${io === 'input' ? 'Input' : 'Output'}`
  }

  readonly #origins = new Map<string, string>()
}

function refine({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const definition = definitionOf(zodSchema)
  const { type } = definition
  // zod leaves the examples of a body out when a part of it is transformed, such as an e-mail address in lower case.
  const examples = z.globalRegistry.get(zodSchema)?.examples
  if (Array.isArray(examples)) jsonSchema.examples = examples
  // zod leaves the default of a transform out, since it is a value of the other side; here the other side is what is documented.
  Object.assign(jsonSchema, zodSchema._zod.toJSONSchema?.())
  if (definition.type === 'default' && definition.innerType._zod.toJSONSchema !== undefined) jsonSchema.default = definition.defaultValue
  if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
  if (type === 'bigint') Object.assign(jsonSchema, { type: 'integer', format: 'int64' })
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function rewriteReferences(value: unknown, names: ReadonlyMap<string, string>): JsonSchema {
  const text = JSON.stringify(value, (key, member: unknown) => {
    if (key !== '$ref' || typeof member !== 'string') return member
    const name = member.slice('#/$defs/'.length)
    return `#/components/schemas/${names.get(name) ?? name}`
  })
  const rewritten: JsonSchema = JSON.parse(text)
  return rewritten
}
