import { textLength } from './memory-values.ts'

/** What MongoDB says of a document that its validator refuses, in names of fields. */
export interface SchemaFailure {
  readonly fields: readonly string[]
  /** True when every complaint is a missing or null value. */
  readonly onlyMissing: boolean
}

type Schema = Readonly<Record<string, unknown>>

/** The fields of a document that break its schema, in the dialect of MongoDB; undefined when none does. */
export function schemaFailure(document: Schema, schema: Schema): SchemaFailure | undefined {
  const required = listOf(schema['required']).filter((name) => typeof name === 'string')
  const missing = required.filter((name) => document[name] === undefined)
  const rules = Object.entries(objectOf(schema['properties']))
  const broken = rules
    .filter(([name, rule]) => document[name] !== undefined && !isValid(document[name], objectOf(rule)))
    .map(([name]) => name)
  if (missing.length + broken.length === 0) return undefined
  return { fields: [...missing, ...broken], onlyMissing: broken.every((name) => document[name] === null) }
}

/** True for a value that the schema allows. */
export function isValid(value: unknown, schema: Schema): boolean {
  return Object.entries(schema).every(([keyword, rule]) => holds(value, keyword, rule, schema))
}

function holds(value: unknown, keyword: string, rule: unknown, schema: Schema): boolean {
  switch (keyword) {
    case 'bsonType':
      return [rule].flat().some((type) => typesOf(value).includes(String(type)))
    case 'enum':
      return listOf(rule).some((item) => item === value)
    case 'anyOf':
      return listOf(rule).some((inner) => isValid(value, objectOf(inner)))
    case 'allOf':
      return listOf(rule).every((inner) => isValid(value, objectOf(inner)))
    case 'oneOf':
      return listOf(rule).filter((inner) => isValid(value, objectOf(inner))).length === 1
    case 'not':
      return !isValid(value, objectOf(rule))
    default:
      return holdsByType(value, keyword, rule, schema)
  }
}

/** Keywords that say nothing about values of another type. */
function holdsByType(value: unknown, keyword: string, rule: unknown, schema: Schema): boolean {
  if (typeof value === 'number') return holdsForNumber(value, keyword, Number(rule), schema)
  if (typeof value === 'string') return holdsForText(value, keyword, rule)
  if (Array.isArray(value)) return holdsForList(value, keyword, rule)
  return typesOf(value).includes('object') ? holdsForObject(objectOf(value), keyword, rule, schema) : true
}

function holdsForNumber(value: number, keyword: string, bound: number, { exclusiveMinimum, exclusiveMaximum }: Schema): boolean {
  switch (keyword) {
    case 'minimum':
      return exclusiveMinimum === true ? value > bound : value >= bound
    case 'maximum':
      return exclusiveMaximum === true ? value < bound : value <= bound
    case 'multipleOf':
      return Number.isInteger(value / bound)
    default:
      return true
  }
}

function holdsForText(value: string, keyword: string, rule: unknown): boolean {
  switch (keyword) {
    case 'minLength':
      return textLength(value) >= Number(rule)
    case 'maxLength':
      return textLength(value) <= Number(rule)
    case 'pattern':
      return new RegExp(String(rule), 'u').test(value)
    default:
      return true
  }
}

function holdsForList(value: readonly unknown[], keyword: string, rule: unknown): boolean {
  switch (keyword) {
    case 'minItems':
      return value.length >= Number(rule)
    case 'maxItems':
      return value.length <= Number(rule)
    case 'uniqueItems':
      return rule !== true || new Set(value.map((item) => JSON.stringify(item))).size === value.length
    case 'items':
      return Array.isArray(rule)
        ? rule.every((inner, index) => index >= value.length || isValid(value[index], objectOf(inner)))
        : value.every((item) => isValid(item, objectOf(rule)))
    default:
      return true
  }
}

function holdsForObject(value: Schema, keyword: string, rule: unknown, schema: Schema): boolean {
  const names = Object.keys(value)
  switch (keyword) {
    case 'required':
      return listOf(rule).every((name) => value[String(name)] !== undefined)
    case 'properties':
      return Object.entries(objectOf(rule)).every(([name, inner]) => value[name] === undefined || isValid(value[name], objectOf(inner)))
    case 'additionalProperties': {
      const known = new Set(Object.keys(objectOf(schema['properties'])))
      const others = names.filter((name) => !known.has(name))
      return rule === false ? others.length === 0 : others.every((name) => isValid(value[name], objectOf(rule)))
    }
    case 'minProperties':
      return names.length >= Number(rule)
    case 'maxProperties':
      return names.length <= Number(rule)
    default:
      return true
  }
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (typeof value === 'string') return ['string']
  if (typeof value === 'boolean') return ['bool']
  if (typeof value === 'bigint') return ['long', 'number']
  if (typeof value === 'number') return ['number', 'double', ...(Number.isInteger(value) ? ['int'] : [])]
  if (value instanceof Date) return ['date']
  if (Array.isArray(value)) return ['array']
  return value instanceof Uint8Array ? ['binData'] : ['object']
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function objectOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
