import { InvalidValueError } from '../errors/repository-error.ts'

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

/** The value, unless a whole number in it has more than 64 bits: the driver would cut off what is too much and say nothing. @throws InvalidValueError */
export function withoutWideIntegers<Value>(value: Value, { entity, field }: { readonly entity: string; readonly field: string }): Value {
  if (!holdsWideInteger(value)) return value
  throw new InvalidValueError(`The field ${field} of ${entity} cannot hold a whole number of more than 64 bits.`, {
    entity,
    fields: [field],
  })
}

/** Each object is looked into once, also where several ways lead to it, or a way back. */
function holdsWideInteger(value: unknown, seen?: Set<object>): boolean {
  if (typeof value === 'bigint') return value < smallest || value > largest
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen?.has(value)) return false
  const known = (seen ?? new Set()).add(value)
  return Object.values(value).some((inner) => holdsWideInteger(inner, known))
}
