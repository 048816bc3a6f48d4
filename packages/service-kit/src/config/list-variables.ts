import type { z } from 'zod'
import { definitionOf } from '../http/zod-definition.ts'
import { configAliases } from './config-shapes.ts'

export interface ConfigVariable {
  readonly name: string
  readonly description: string | undefined
  /** False when the variable has a default or may be left out. */
  readonly required: boolean
  readonly defaultValue: unknown
  readonly secret: boolean
  readonly aliases: readonly string[]
}

/** All variables of a schema, in its order; `.env.example` is compared with this list. */
export function listVariables(schema: z.ZodObject): ConfigVariable[] {
  return Object.entries(schema.shape).map(([name, variable]) => describe(name, variable))
}

function describe(name: string, schema: z.core.$ZodType): ConfigVariable {
  const definition = definitionOf(schema)
  const inner = 'innerType' in definition ? describe(name, definition.innerType) : undefined
  const meta = metaOf(schema)
  return {
    name,
    description: typeof meta['description'] === 'string' ? meta['description'] : inner?.description,
    required: definition.type !== 'default' && definition.type !== 'optional' && (inner?.required ?? true),
    defaultValue: definition.type === 'default' ? definition.defaultValue : inner?.defaultValue,
    secret: meta['secret'] === true || (inner?.secret ?? false),
    aliases: Object.keys(configAliases).filter((alias) => configAliases[alias] === name),
  }
}

function metaOf(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  return 'meta' in schema && typeof schema.meta === 'function' ? (schema.meta() ?? {}) : {}
}
