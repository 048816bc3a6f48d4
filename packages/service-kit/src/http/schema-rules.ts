import type { z } from 'zod'
import { childrenOf, definitionOf } from './zod-definition.ts'

/** Faults of a schema for bodies or queries: objects that drop or keep unknown fields, and coercion. */
export function requestSchemaFaults(schema: z.core.$ZodType, part: 'body' | 'querystring'): string[] {
  const faults: string[] = []
  visit(schema, (inner) => {
    const definition = definitionOf(inner)
    if (definition.type === 'object' && !isStrict(definition)) faults.push(`${part}: every object must be a z.strictObject (or a z.record)`)
    if ('coerce' in definition && definition.coerce === true) faults.push(`${part}: no coercion; use the query helpers of service-kit`)
  })
  return [...new Set(faults)]
}

function isStrict(definition: z.core.$ZodObjectDef): boolean {
  return definition.catchall !== undefined && definitionOf(definition.catchall).type === 'never'
}

function visit(schema: z.core.$ZodType, look: (schema: z.core.$ZodType) => void, seen = new Set<z.core.$ZodType>()): void {
  if (seen.has(schema)) return
  seen.add(schema)
  look(schema)
  for (const child of childrenOf(schema)) visit(child, look, seen)
}
