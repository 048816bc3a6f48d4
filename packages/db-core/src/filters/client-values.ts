import { z } from 'zod'
import { isScalar } from './parse-filter.ts'

const maxTextLength = 200

/** Text of at most 200 characters that every store can hold; never empty, so that an empty parameter widens no list. */
export const clientText = z.string().min(1).max(maxTextLength).refine(isScalar, 'holds characters that cannot be stored')

/**
 * The text of a query parameter as the value of `schema`: text, enums, whole and other numbers, bigints, booleans, and dates in
 * ISO 8601 with an offset or Z. It is described as what it stands for. A schema that reads text itself is taken as it is.
 * @throws Error for a schema that no text stands for, such as an object
 */
export function valueFromText<Value>(schema: z.ZodType<Value>): z.ZodType<Value, string> {
  const wanted = withoutWrappers(schema)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the pipe begins with text and ends in `schema`, without its null
  return describedAs(readerOf(wanted).pipe(wanted), describe(wanted)) as z.ZodType<Value, string>
}

/** Documents a schema by another JSON Schema than its parts would give. */
export function describedAs<Schema extends z.core.$ZodType>(schema: Schema, jsonSchema: object): Schema {
  schema._zod.toJSONSchema = () => ({ ...jsonSchema })
  return schema
}

/** JSON Schema of a value as text in a query. */
export function describe(schema: z.core.$ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: nameFormats })
  return described
}

function nameFormats({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { type } = zodSchema._zod.def
  if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
  if (type === 'bigint') Object.assign(jsonSchema, { type: 'integer', format: 'int64' })
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** How the text of a value is read before its schema sees it. */
function readerOf(schema: z.ZodType): z.ZodType {
  const { type } = schema.def
  switch (type) {
    case 'number':
      return describe(schema)['type'] === 'integer' ? wholeNumber : decimalNumber
    case 'bigint':
      return bigInteger
    case 'boolean':
      return truth
    case 'date':
      return dateTime
    case 'string':
    case 'enum':
    case 'literal':
    case 'union':
    case 'template_literal':
      return clientText
    case 'pipe':
      return z.string()
    default:
      throw new Error(`A value of the type ${type} cannot be read from a query parameter.`)
  }
}

const wholeNumber = z
  .string()
  .regex(/^-?\d{1,15}$/u, 'must be a whole number')
  .transform(Number)
const decimalNumber = z
  .string()
  .regex(/^-?\d{1,15}(?:\.\d{1,15})?$/u, 'must be a number')
  .transform(Number)
const bigInteger = z
  .string()
  .regex(/^-?\d{1,19}$/u, 'must be a whole number')
  .transform(BigInt)
const truth = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
const dateTime = z.iso.datetime({ offset: true, error: 'must be a date and time in ISO 8601' }).transform((text) => new Date(text))

/** A client names a value, so whether the field may also be missing is no matter here. */
function withoutWrappers(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly
  ) {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- what is inside a schema of zod's classic form has that form too
    return withoutWrappers(schema.def.innerType as z.ZodType)
  }
  return schema
}
