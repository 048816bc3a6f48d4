import type { z } from 'zod'

/** What the repository needs to know of one top-level field. */
export interface FieldTraits {
  /** The zod type below optional, nullable and default. */
  readonly type: string
  /** `null` is a value of the field. */
  readonly nullable: boolean
  /** The field may be missing. */
  readonly optional: boolean
  /** The value of a row that does not give one. */
  readonly fallback: (() => unknown) | undefined
  /** The server refuses control characters in it; see searchText. */
  readonly searchText: boolean
}

/** White space is allowed; it parts words, as the other control characters do for `search` but not for a text index. */
export const searchTextPattern = /^[^\x01-\x08\x0e-\x1f\x7f]*$/

/** Reads the top-level fields of a schema once, when the collection is defined. */
export function readFields(schema: z.ZodObject): ReadonlyMap<string, FieldTraits> {
  return new Map(Object.entries(schema.shape).map(([name, field]) => [name, readField(field)]))
}

function readField(field: z.core.$ZodType): FieldTraits {
  const found: Mutable<Omit<FieldTraits, 'type' | 'searchText'>> = { nullable: false, optional: false, fallback: undefined }
  let current = field
  for (let depth = 0; depth < 20; depth += 1) {
    const definition: z.core.$ZodTypeDef & Partial<WrapperDefinition> = current._zod.def
    if (definition.type === 'nullable') found.nullable = true
    if (definition.type === 'optional') found.optional = true
    if (definition.type === 'default' || definition.type === 'prefault') {
      const wrapper = current._zod.def
      found.fallback ??= () => ('defaultValue' in wrapper ? structuredClone(wrapper.defaultValue) : undefined)
    }
    if (definition.innerType === undefined) break
    current = definition.innerType
  }
  if (found.nullable) found.fallback ??= () => null
  return { ...found, type: current._zod.def.type, searchText: refusesControlCharacters(current) }
}

function refusesControlCharacters(field: z.core.$ZodType): boolean {
  const { checks = [] } = field._zod.def
  return checks.some(({ _zod: { def } }) => 'pattern' in def && def.pattern === searchTextPattern)
}

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] }

interface WrapperDefinition {
  readonly innerType: z.core.$ZodType
}
