import { valueFromText } from '@polystore/db-core'
import { z } from 'zod'

/** A whole number in a query or path. Bounds are inclusive; anything but plain digits is refused. */
export function queryInteger(bounds: { min: number; max: number }): z.ZodType<number, string> {
  return valueFromText(z.int().min(bounds.min, `must be at least ${bounds.min}`).max(bounds.max, `must be at most ${bounds.max}`))
}

/** `true` or `false` in a query. */
export function queryBoolean(): z.ZodType<boolean, string> {
  return valueFromText(z.boolean())
}

/** `limit` (1 to 100, 20 unless said otherwise) and `cursor` of a list. */
export const pageQuery = {
  limit: queryInteger({ min: 1, max: 100 }).default(20),
  cursor: z.string().min(1).max(2_048).optional().meta({ description: '`next` or `previous` of an earlier page of the same list' }),
}
