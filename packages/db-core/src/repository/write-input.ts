import { InvalidValueError } from '../errors/repository-error.ts'
import { isManagedField } from '../mixins/traits.ts'

export interface WriteTarget {
  readonly entity: string
  readonly fields: ReadonlySet<string>
  /** The key field: part of a new row, never of a patch. */
  readonly key: string
}

/**
 * The fields of a new row that the caller gave; `undefined` counts as not given.
 * @throws InvalidValueError for unknown and managed fields, and for values that not every store can hold
 */
export function parseCreate(input: unknown, target: WriteTarget): Record<string, unknown> {
  return parseFields(input, target)
}

/** As parseCreate, for a patch: the key is refused as well. */
export function parsePatch(patch: unknown, target: WriteTarget): Record<string, unknown> {
  const given = parseFields(patch, target)
  if (target.key in given) throw invalid(target, target.key, 'is the key, which never changes')
  return given
}

/** The amounts of an increment. @throws InvalidValueError */
export function parseAmounts(by: unknown, target: WriteTarget): Record<string, number> {
  const amounts: Record<string, number> = {}
  for (const [field, amount] of Object.entries(parsePatch(by, target))) {
    if (typeof amount !== 'number') throw invalid(target, field, 'needs a number to be added')
    amounts[field] = amount
  }
  return amounts
}

function parseFields(input: unknown, target: WriteTarget): Record<string, unknown> {
  if (!isObject(input)) throw new InvalidValueError(`A row of ${target.entity} must be an object.`)
  const given: Record<string, unknown> = {}
  // Not by entries, each of which would be an array of its own: this runs for every row of a bulk write.
  for (const field of Object.keys(input)) {
    const value = input[field]
    if (value === undefined) continue
    if (!target.fields.has(field)) throw new InvalidValueError(`${target.entity} has no such field.`, { entity: target.entity })
    if (isManagedField(field)) throw invalid(target, field, 'is kept by the repository')
    if (!isStorable(value)) throw invalid(target, field, 'has a value that cannot be stored')
    given[field] = value
  }
  return given
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null
}

/** No store keeps all of NUL, half characters, NaN and infinities, so none is given them. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return typeof value !== 'function' && typeof value !== 'symbol'
}

function invalid(target: WriteTarget, field: string, problem: string): InvalidValueError {
  return new InvalidValueError(`The field ${field} of ${target.entity} ${problem}.`, { entity: target.entity, fields: [field] })
}
