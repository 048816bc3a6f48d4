import { BSON, type Document } from 'mongodb'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { listIndexes } from '../../mongo/mongo-collection-state.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { describe, type Fact } from '../catalog/fact.ts'

const timeoutMs = 60_000

/** Every collection and view with its options, each field that a validator knows, each index with its options. */
export async function readMongoCatalog(database: Pick<MongoDatabase, 'driver'>): Promise<Catalog> {
  return await translateMongoErrors(async () => {
    const limits = { maxTimeMS: timeoutMs, signal: AbortSignal.timeout(timeoutMs) }
    const found = await database.driver.listCollections({}, { nameOnly: false, ...limits }).toArray()
    const own = found.filter(({ name }) => !isInternal(name))
    const facts = await Promise.all(own.map((info) => factsOf(database, info)))
    return Object.fromEntries(facts.flat().toSorted(([one], [other]) => (one < other ? -1 : 1)))
  })
}

/** The name of an index's entry in a catalog. */
export function indexObject(collection: string, index: string): string {
  return `index ${collection}.${index}`
}

/** The entries of a catalog that speak of a collection's validator. */
export function isValidatorObject(object: string, collection: string): boolean {
  return object === `validator ${collection}` || object.startsWith(`field ${collection}.`)
}

function isInternal(name: string): boolean {
  return name.startsWith('system.') || name.startsWith('polystore_')
}

interface CollectionInfo {
  readonly name: string
  readonly type?: string
  readonly options?: Document
}

async function factsOf(database: Pick<MongoDatabase, 'driver'>, { name, type, options = {} }: CollectionInfo): Promise<Fact[]> {
  const { validator, validationLevel, validationAction, ...others } = options
  const facts: Fact[] = [[`collection ${name}`, describe(type ?? 'collection', optionText(others))]]
  if (type === 'view') return facts
  const { indexes } = await listIndexes(database, name)
  const declared = indexes.filter((index) => index['name'] !== '_id_')
  const enforcement = `level ${validationLevel ?? 'strict'}, action ${validationAction ?? 'error'}`
  return [...facts, ...validatorFacts(name, validator, enforcement), ...declared.map((index) => indexFact(name, index))]
}

/** A fact for each field, so that a difference names the field. */
function validatorFacts(collection: string, validator: unknown, enforcement: string): Fact[] {
  const rules = asDocument(validator)
  if (Object.keys(rules).length === 0) return []
  const { $jsonSchema, ...others } = rules
  const { properties, ...schema } = asDocument($jsonSchema)
  const fields = Object.entries(asDocument(properties)).map(([field, rule]): Fact => [`field ${collection}.${field}`, text(rule)])
  const rest = $jsonSchema === undefined ? others : { ...schema, ...others }
  return [[`validator ${collection}`, describe(`${optionText(rest)},`, enforcement)], ...fields]
}

/** The versions of formats and the name say nothing about what an index does. */
const silentOptions: ReadonlySet<string> = new Set(['v', 'ns', 'name', 'key', 'background', 'textIndexVersion', '2dsphereIndexVersion'])

function indexFact(collection: string, index: Document): Fact {
  const options = Object.entries(index).filter(([option]) => !silentOptions.has(option))
  const plain = options.map(([option, value]) => [option, option === 'collation' ? withoutVersion(value) : value])
  return [indexObject(collection, String(index['name'])), describe(text(index['key']), optionText(Object.fromEntries(plain)))]
}

function withoutVersion(collation: unknown): Document {
  const { version: _version, ...options } = asDocument(collation)
  return options
}

/** `unique, expireAfterSeconds 60`, in the order of names. */
function optionText(options: Document): string {
  const named = Object.entries(options).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return named.map(([option, value]) => (value === true ? option : `${option} ${text(value)}`)).join(', ')
}

function text(value: unknown): string {
  return BSON.EJSON.stringify(value)
}

function asDocument(value: unknown): Document {
  return typeof value === 'object' && value !== null ? value : {}
}
