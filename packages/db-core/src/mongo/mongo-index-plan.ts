import { BSON, type Document } from 'mongodb'
import type { CollectionDefinition } from './mongo-collection.ts'
import { ownedPrefix, type ResolvedIndex } from './mongo-index-declarations.ts'
import { describeDeclared, identityOf } from './mongo-index-identity.ts'

/** One thing to do, or to know, about a collection; plain data, fit for JSON. */
export type ReconcileStep =
  | { readonly kind: 'create-collection' | 'set-validator'; readonly collection: string }
  | { readonly kind: 'create-index' | 'hide-index' | 'drop-index'; readonly collection: string; readonly index: string }
  | { readonly kind: 'modify-index'; readonly collection: string; readonly index: string; readonly changes: IndexChanges }
  /** Not made by db-core: reported, left alone. */
  | { readonly kind: 'foreign-index'; readonly collection: string; readonly index: string }
  /** Cannot be reached without dropping something first, which a person has to decide. */
  | { readonly kind: 'conflict'; readonly collection: string; readonly index: string; readonly reason: string }

export interface IndexChanges {
  readonly hidden?: boolean
  readonly expireAfterSeconds?: number
}

/** What the database holds of one collection. */
export interface CollectionState {
  readonly exists: boolean
  readonly options: Document
  readonly indexes: readonly Document[]
}

export interface PlanOptions {
  /** Drop owned indexes that an earlier run has hidden. */
  readonly dropHidden: boolean
  /** Create what is missing and change nothing that is there: for a boot, beside replicas of another release. */
  readonly onlyMissing?: boolean
}

export function validatorOf(definition: CollectionDefinition): Document {
  return { $jsonSchema: definition.jsonSchema }
}

/** The steps from the state of a collection to its definition, in the order in which they are safe. */
export function planCollection(definition: CollectionDefinition, state: CollectionState, options: PlanOptions): ReconcileStep[] {
  const collection = definition.name
  const declared = definition.indexes.map((index) => planDeclared(collection, index, state.indexes))
  const steps = [
    ...planValidator(definition, state),
    ...declared.flat(),
    ...state.indexes.flatMap((existing) => planUndeclared(definition, existing, options)),
  ]
  return options.onlyMissing === true ? steps.filter(({ kind }) => !changing.has(kind)) : steps
}

const changing: ReadonlySet<ReconcileStep['kind']> = new Set(['set-validator', 'modify-index', 'hide-index', 'drop-index'])

function planValidator(definition: CollectionDefinition, { exists, options }: CollectionState): ReconcileStep[] {
  if (!exists) return [{ kind: 'create-collection', collection: definition.name }]
  const current = BSON.EJSON.stringify(options['validator'] ?? {})
  const enforced = (options['validationAction'] ?? 'error') === 'error' && (options['validationLevel'] ?? 'strict') === 'strict'
  if (enforced && current === BSON.EJSON.stringify(validatorOf(definition))) return []
  return [{ kind: 'set-validator', collection: definition.name }]
}

function planDeclared(collection: string, index: ResolvedIndex, existing: readonly Document[]): ReconcileStep[] {
  const wanted = describeDeclared(index)
  const same = existing.find((candidate) => identityOf(candidate) === identityOf(wanted))
  if (same) return planChanges(collection, index, same)
  const taken = existing.some((candidate) => candidate['name'] === index.name)
  if (taken) return [{ kind: 'conflict', collection, index: index.name, reason: 'another index has this name' }]
  const text = isText(wanted) && existing.some(isText)
  if (text) return [{ kind: 'conflict', collection, index: index.name, reason: 'a collection can have one text index' }]
  return [{ kind: 'create-index', collection, index: index.name }]
}

function planChanges(collection: string, wanted: ResolvedIndex, existing: Document): ReconcileStep[] {
  const index = String(existing['name'])
  const ttl = existing['expireAfterSeconds'] === undefined ? undefined : Number(existing['expireAfterSeconds'])
  if (ttl !== undefined && wanted.expireAfterSeconds === undefined) {
    return [{ kind: 'conflict', collection, index, reason: 'the server cannot take the expiry off an index' }]
  }
  const changes: IndexChanges = {
    ...((existing['hidden'] === true) !== wanted.hidden && { hidden: wanted.hidden }),
    ...(wanted.expireAfterSeconds !== undefined && ttl !== wanted.expireAfterSeconds && { expireAfterSeconds: wanted.expireAfterSeconds }),
  }
  return Object.keys(changes).length === 0 ? [] : [{ kind: 'modify-index', collection, index, changes }]
}

function planUndeclared(definition: CollectionDefinition, existing: Document, options: PlanOptions): ReconcileStep[] {
  const collection = definition.name
  const index = String(existing['name'])
  const isDeclared = definition.indexes.some((declared) => identityOf(describeDeclared(declared)) === identityOf(existing))
  if (index === '_id_' || isDeclared) return []
  if (!index.startsWith(ownedPrefix)) return [{ kind: 'foreign-index', collection, index }]
  if (existing['hidden'] !== true) return [{ kind: 'hide-index', collection, index }]
  return options.dropHidden ? [{ kind: 'drop-index', collection, index }] : []
}

function isText(index: Document): boolean {
  const key: unknown = index['key']
  return typeof key === 'object' && key !== null && Object.values(key).includes('text')
}
