import { MultipleResultsError, UnsupportedError } from '../errors/repository-error.ts'
import type { Scalar } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { IncludeStep } from './parse-view.ts'
import { readByKeys, readRelated, type RelatedOptions } from './read-related.ts'
import { distinctKeys, groupByKey, keyText, keyTextOf } from './row-values.ts'

/** The rows with their related rows: one query per relation and level, two where rows stand between. */
export async function loadRelated(
  rows: readonly object[],
  steps: readonly IncludeStep[],
  entity: EntityShape,
  options: RelatedOptions,
): Promise<object[]> {
  if (rows.length === 0) return []
  const columns = await Promise.all(steps.map((step) => loadStep(rows, step, entity, options)))
  return rows.map((row, index) => ({ ...row, ...Object.fromEntries(steps.map(({ name }, step) => [name, columns[step]?.[index]])) }))
}

/** What stands beside each row: a list, or a row or null. */
async function loadStep(
  rows: readonly object[],
  step: IncludeStep,
  entity: EntityShape,
  options: RelatedOptions,
): Promise<readonly unknown[]> {
  const { kind, localField = entity.keyField } = step.relation
  const keys = distinctKeys(rows, localField)
  const related = keys.length === 0 ? new Map<string, object[]>() : await relatedByKey(keys, step, options)
  return rows.map((row) => {
    const found = related.get(keyTextOf(row, localField) ?? '') ?? []
    if (kind === 'hasMany' || kind === 'manyToMany') return found
    if (found.length > 1)
      throw new MultipleResultsError(`More than one row is the ${step.name} of a row of ${entity.name}.`, { entity: entity.name })
    return found[0] ?? null
  })
}

/** Related rows by the key of the row that they belong to. */
async function relatedByKey(
  keys: readonly unknown[],
  step: IncludeStep,
  options: RelatedOptions,
): Promise<ReadonlyMap<string, readonly object[]>> {
  const { relation, target, steps } = step
  if (relation.through) return throughRows(keys, step, relation.through, options)
  const { targetField, orderBy } = relation
  const found =
    targetField === undefined
      ? await readByKeys(target, keys, options)
      : await readRelated(target, { where: { [targetField]: { in: keys } }, ...(orderBy && { orderBy }) }, options)
  return groupByKey(await loadRelated(found, steps, target.entity, options), targetField ?? target.entity.keyField)
}

async function throughRows(
  keys: readonly unknown[],
  { relation, target, steps }: IncludeStep,
  through: NonNullable<IncludeStep['relation']['through']>,
  options: RelatedOptions,
): Promise<ReadonlyMap<string, readonly object[]>> {
  const { targetField, orderBy } = relation
  if (targetField === undefined) throw new UnsupportedError('A relation through other rows names the field that leads to them.')
  const links = await readRelated(through.reader(), { where: { [targetField]: { in: keys } } }, options)
  const { keyField } = target.entity
  const wanted = distinctKeys(links, through.throughField)
  const query = { where: { [keyField]: { in: wanted } }, ...(orderBy && { orderBy }) }
  const found = wanted.length === 0 ? [] : await readRelated(target, query, options)
  const loaded = await loadRelated(found, steps, target.entity, options)
  const places = new Map(loaded.map((row, place) => [keyTextOf(row, keyField), { row, place }]))
  return new Map(
    [...groupByKey(links, targetField)].map(([key, group]) => [key, inOrder(distinctKeys(group, through.throughField), places)]),
  )
}

/** The targets of these keys, in the order in which the targets were read. */
function inOrder(keys: readonly Scalar[], places: ReadonlyMap<string | undefined, Place>): object[] {
  const found = keys.map((key) => places.get(keyText(key))).filter((place) => place !== undefined)
  return found.toSorted((left, right) => left.place - right.place).map(({ row }) => row)
}

interface Place {
  readonly row: object
  readonly place: number
}
