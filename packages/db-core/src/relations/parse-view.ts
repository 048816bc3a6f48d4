import { InvalidFilterError, UnsupportedError } from '../errors/repository-error.ts'
import { isPlainObject } from '../filters/parse-filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { RelatedReader, Relation } from './relation.ts'

/** One relation to load, with those to load of its rows. */
export interface IncludeStep {
  readonly name: string
  readonly relation: Relation
  readonly target: RelatedReader
  readonly steps: readonly IncludeStep[]
}

const maxDepth = 5

/** Checks an include of unknown origin against an entity, before any I/O. @throws InvalidFilterError for anything not wholly understood */
export function parseInclude(spec: unknown, entity: EntityShape, depth = 1): readonly IncludeStep[] {
  if (depth > maxDepth) throw invalid(entity, `goes deeper than ${maxDepth} relations`)
  if (!isPlainObject(spec)) throw invalid(entity, 'needs true or an object for each relation')
  if (Object.getOwnPropertySymbols(spec).length > 0) throw invalid(entity, 'has a symbol as a name')
  return Object.entries(spec).map(([name, inner]) => parseStep(name, inner, entity, depth))
}

/** The fields to show, once each. @throws InvalidFilterError for a name that is no field */
export function parseFields(fields: unknown, entity: EntityShape): readonly string[] {
  if (!Array.isArray(fields)) throw invalidFields(entity, 'must be a list')
  return [...new Set(Array.from(fields, (field: unknown) => parseField(field, entity)))]
}

function parseField(field: unknown, entity: EntityShape): string {
  if (typeof field === 'string' && entity.fieldNames.has(field)) return field
  throw invalidFields(entity, 'name an unknown field')
}

function parseStep(name: string, inner: unknown, entity: EntityShape, depth: number): IncludeStep {
  const { relations = {} } = entity
  const relation = Object.hasOwn(relations, name) ? relations[name] : undefined
  if (relation === undefined) throw invalid(entity, 'names an unknown relation')
  if (entity.fieldNames.has(name))
    throw new UnsupportedError(`${entity.name} has a field and a relation of one name.`, { entity: entity.name })
  const target = relation.target()
  return { name, relation, target, steps: inner === true ? [] : parseInclude(inner, target.entity, depth + 1) }
}

function invalid(entity: EntityShape, problem: string): InvalidFilterError {
  return new InvalidFilterError(`The include of ${entity.name} ${problem}.`, { entity: entity.name, fields: ['include'] })
}

function invalidFields(entity: EntityShape, problem: string): InvalidFilterError {
  return new InvalidFilterError(`The fields of ${entity.name} to show ${problem}.`, { entity: entity.name, fields: ['fields'] })
}
