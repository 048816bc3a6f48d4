import { z } from 'zod'
import { documentAs } from '../openapi/json-schema.ts'

/** A whole number in a query or path. Bounds are inclusive; anything but plain digits is refused. */
export function queryInteger(bounds: { min: number; max: number }): z.ZodType<number, string> {
  const schema = z
    .string()
    .regex(/^-?\d{1,15}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(bounds.min, `must be at least ${bounds.min}`).max(bounds.max, `must be at most ${bounds.max}`))
  return documentAs(schema, { type: 'integer', minimum: bounds.min, maximum: bounds.max })
}

/** `true` or `false` in a query. */
export function queryBoolean(): z.ZodType<boolean, string> {
  const schema = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
  return documentAs(schema, { type: 'boolean' })
}

/** A moment in a query, in ISO 8601 with an offset or Z. */
export function queryDateTime(): z.ZodType<Date, string> {
  const schema = z.iso.datetime({ offset: true, error: 'must be a date and time in ISO 8601' }).transform((text) => new Date(text))
  return documentAs(schema, { type: 'string', format: 'date-time' })
}

/** `limit` (1 to 100, 20 unless said otherwise) and `cursor` of a list. */
export const pageQuery = {
  limit: queryInteger({ min: 1, max: 100 }).default(20),
  cursor: z.string().min(1).max(2_048).optional().meta({ description: '`next` or `previous` of an earlier page of the same list' }),
}
