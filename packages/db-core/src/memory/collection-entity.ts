import { CheckError, NotNullError, UnsupportedError } from '../errors/repository-error.ts'
import type { CollectionDefinition } from '../mongo/mongo-collection.ts'
import { copyValue } from './copy-value.ts'
import { schemaFailure } from './json-schema-rules.ts'
import type { MemoryEntity, MemoryField, MemoryUniqueKey, StoredRow } from './memory-entity.ts'
import { comparable, compareValues } from './memory-values.ts'

type ResolvedIndex = CollectionDefinition['indexes'][number]

/** The entity of a MongoDB collection; its rules are those that the server would be given. */
export function collectionEntity(definition: CollectionDefinition): MemoryEntity {
  const { name, fields, fieldNames, traits, indexes } = definition
  const schema = withoutKey(definition.jsonSchema)
  const removable = [...fields].filter(([, field]) => field.optional && !field.nullable).map(([field]) => field)
  return {
    name,
    keyField: 'id',
    fieldNames,
    fields: new Map([...fields.keys()].map((field) => [field, readField(definition, field)])),
    traits,
    uniqueKeys: indexes.filter((index) => index.unique).map((index) => uniqueKey(name, index)),
    references: [],
    removable: new Set(removable),
    checksProposedRow: false,
    check: (row) => checkRow(row, name, schema),
  }
}

function readField({ name: entity, key, fields }: CollectionDefinition, name: string): MemoryField {
  if (name === 'id')
    return { name, read: (value) => readKey(() => key.decode(key.encode(value, entity))), fallback: () => generated(key), isDecimal: false }
  const fallback = fields.get(name)?.fallback ?? (() => undefined)
  return { name, read: copyValue, fallback, isDecimal: false }
}

/** A text that cannot be a key is no key: the caller says so in the words of all stores. */
function readKey(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function generated(key: CollectionDefinition['key']): string | undefined {
  const made = key.generate()
  return made === undefined ? undefined : key.decode(made)
}

function uniqueKey(entity: string, { name, fields, options }: ResolvedIndex): MemoryUniqueKey {
  const { partialFilterExpression: condition, collation } = options
  const folds = typeof collation?.strength === 'number' && collation.strength < 3
  const holdsFor = condition === undefined ? () => true : conditionOf(condition, `${entity}.${name}`)
  return { name, fields, folded: new Set(folds ? fields : []), holdsFor }
}

/** A condition as db-core writes it for live rows and for rows that have a value, or as simple as those. */
function conditionOf(condition: object, index: string): (row: StoredRow) => boolean {
  const tests = Object.entries(condition).map(([field, test]: [string, unknown]) => {
    if (field === '$and' && Array.isArray(test)) {
      const all = test.map((inner: object) => conditionOf(inner, index))
      return (row: StoredRow) => all.every((holds) => holds(row))
    }
    return fieldCondition(field, test, index)
  })
  return (row) => tests.every((holds) => holds(row))
}

function fieldCondition(field: string, test: unknown, index: string): (row: StoredRow) => boolean {
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(typeof test === 'object' && test !== null ? test : { $eq: test })
  if (operator === '$exists' && more.length === 0) return (row) => (row[field] !== undefined) === operand
  if (operator === '$eq' && more.length === 0) return (row) => (row[field] ?? null) === operand
  if (operator === '$gte' && more.length === 0) return (row) => isAtLeast(row[field], operand)
  throw new UnsupportedError(`The unique index ${index} has a condition that the memory store does not understand.`)
}

function isAtLeast(value: unknown, bound: unknown): boolean {
  const [left, right] = [comparable(value), comparable(bound)]
  return left !== undefined && right !== undefined && typeof left === typeof right && compareValues(left, right) >= 0
}

function withoutKey({ properties, required, ...rest }: CollectionDefinition['jsonSchema']): Readonly<Record<string, unknown>> {
  const { _id, ...fields } = { _id: undefined, ...(typeof properties === 'object' ? properties : {}) }
  return { ...rest, properties: fields, required: Array.isArray(required) ? required.filter((field) => field !== '_id') : [] }
}

function checkRow({ id, ...fields }: StoredRow, entity: string, schema: Readonly<Record<string, unknown>>): void {
  if (id === undefined) throw new NotNullError(`A required value is missing in ${entity}.`, { entity, fields: ['id'] })
  const failure = schemaFailure(fields, schema)
  if (failure?.onlyMissing) throw new NotNullError(`A required value is missing in ${entity}.`, { entity, fields: failure.fields })
  if (failure) throw new CheckError(`A value breaks a rule in ${entity}.`, { entity, fields: failure.fields })
}
