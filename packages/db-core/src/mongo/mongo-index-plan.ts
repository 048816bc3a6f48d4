import { createHash } from 'node:crypto'
import { BSON, type Document } from 'mongodb'
import { collationText, type CollectionState } from './mongo-collection-state.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { ownedPrefix, type ResolvedIndex } from './mongo-index-declarations.ts'
import { describeDeclared, identityOf, isText } from './mongo-index-identity.ts'

/** One thing to do, or to know, about a collection; plain data, fit for JSON. */
export type ReconcileStep =
  | { readonly kind: 'create-collection' | 'set-validator'; readonly collection: string }
  /** `declared` is the name in the definition, where an index of another meaning has that name in the database. */
  | { readonly kind: 'create-index'; readonly collection: string; readonly index: string; readonly declared?: string }
  /** It is declared, and another process builds it at this moment: its end is waited for. */
  | { readonly kind: 'await-index'; readonly collection: string; readonly index: string; readonly declared?: string }
  | { readonly kind: 'modify-index'; readonly collection: string; readonly index: string; readonly changes: IndexChanges }
  /** No longer declared. A hidden unique index still refuses duplicates; a hidden expiry is turned off. */
  | { readonly kind: 'hide-index'; readonly collection: string; readonly index: string; readonly unique?: true; readonly expiring?: true }
  | { readonly kind: 'drop-index'; readonly collection: string; readonly index: string }
  /** Hidden, and not yet to be dropped. */
  | { readonly kind: 'kept-index'; readonly collection: string; readonly index: string; readonly unique?: true }
  /** Not declared, and another process builds it at this moment: left alone. */
  | { readonly kind: 'building-index'; readonly collection: string; readonly index: string }
  /** Not made by db-core: reported, left alone. */
  | { readonly kind: 'foreign-index'; readonly collection: string; readonly index: string }
  /** Cannot be reached without dropping something first, which a person has to decide. */
  | { readonly kind: 'conflict'; readonly collection: string; readonly index: string; readonly reason: string }

export interface IndexChanges {
  readonly hidden?: boolean
  readonly expireAfterSeconds?: number
  readonly prepareUnique?: false
}

export interface PlanOptions {
  /** Drop owned indexes that an earlier run has hidden. */
  readonly dropHidden: boolean
  /** Asked for each of them: false keeps it for this time. */
  readonly mayDrop?: (collection: string, index: string) => boolean
  /** Create what is missing, show again what is hidden, and change nothing else: for a boot, beside replicas of another release. */
  readonly onlyMissing?: boolean
}

/** An expiry of 68 years, which is none: the server lets it be set in place, and cannot take the option off an index. Seconds. */
export const neverSeconds = 2_147_483_647

export function validatorOf(definition: Pick<CollectionDefinition, 'jsonSchema'>): Document {
  return { $jsonSchema: definition.jsonSchema }
}

/** The steps from the state of a collection to its definition, in the order in which they are safe. */
export function planCollection(definition: CollectionDefinition, state: CollectionState, options: PlanOptions): ReconcileStep[] {
  const steps = [
    ...planValidator(definition, state),
    ...definition.indexes.flatMap((index) => planDeclared(definition.name, index, state)),
    ...state.indexes.flatMap((existing) => planUndeclared(definition, existing, { state, options })),
    ...state.building.flatMap((existing) => planUndeclaredBuild(definition, existing, state)),
  ]
  return options.onlyMissing === true ? steps.filter(addsOnly) : steps
}

/** Whether an index of the database is one of those that are declared, under whatever name. */
export function isDeclared(definition: CollectionDefinition, existing: Document, state: CollectionState): boolean {
  return definition.indexes.some((index) => identityOf(completed(index, state)) === identityOf(existing))
}

function addsOnly(step: ReconcileStep): boolean {
  if (step.kind === 'modify-index') return step.changes.hidden === false
  return step.kind !== 'set-validator' && step.kind !== 'hide-index' && step.kind !== 'drop-index'
}

function planValidator(definition: CollectionDefinition, { exists, options }: CollectionState): ReconcileStep[] {
  if (!exists) return [{ kind: 'create-collection', collection: definition.name }]
  const current = BSON.EJSON.stringify(options['validator'] ?? {})
  const enforced = (options['validationAction'] ?? 'error') === 'error' && (options['validationLevel'] ?? 'strict') === 'strict'
  if (enforced && current === BSON.EJSON.stringify(validatorOf(definition))) return []
  return [{ kind: 'set-validator', collection: definition.name }]
}

function planDeclared(collection: string, index: ResolvedIndex, state: CollectionState): ReconcileStep[] {
  const wanted = completed(index, state)
  const identity = identityOf(wanted)
  const isSame = (candidate: Document) => identityOf(candidate) === identity
  const same = state.indexes.find(isSame)
  if (same) return planChanges(collection, index, same)
  const started = state.building.find(isSame)
  if (started) return [{ kind: 'await-index', collection, ...namesOf(index, String(started['name'])) }]
  const text = isText(wanted) ? [...state.indexes, ...state.building].find(isText) : undefined
  if (text) return [{ kind: 'conflict', collection, index: index.name, reason: oneTextIndex(String(text['name'])) }]
  const taken = [...state.indexes, ...state.building].some((candidate) => candidate['name'] === index.name)
  return [{ kind: 'create-index', collection, ...namesOf(index, taken ? `${index.name}_${shortHash(identity)}` : index.name) }]
}

function oneTextIndex(present: string): string {
  return `a collection can have one text index, and ${present} is there: drop that in a data migration or by hand, then run again`
}

function namesOf({ name }: ResolvedIndex, index: string): { index: string; declared?: string } {
  return index === name ? { index } : { index, declared: name }
}

function shortHash(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 6)
}

/** As the server will list it. */
function completed(index: ResolvedIndex, { collations }: CollectionState): Document {
  const collation: unknown = index.options['collation']
  const described = describeDeclared(index)
  return collation === undefined ? described : { ...described, collation: collations.get(collationText(collation)) ?? collation }
}

function planChanges(collection: string, wanted: ResolvedIndex, existing: Document): ReconcileStep[] {
  const [current, next] = [expiryOf(existing['expireAfterSeconds']), expiryOf(wanted.expireAfterSeconds)]
  const changes: IndexChanges = {
    ...((existing['hidden'] === true) !== wanted.hidden && { hidden: wanted.hidden }),
    ...(current !== next && { expireAfterSeconds: next ?? neverSeconds }),
    ...(existing['prepareUnique'] === true && !wanted.unique && { prepareUnique: false }),
  }
  return Object.keys(changes).length === 0 ? [] : [{ kind: 'modify-index', collection, index: String(existing['name']), changes }]
}

function expiryOf(seconds: unknown): number | undefined {
  return seconds === undefined || Number(seconds) === neverSeconds ? undefined : Number(seconds)
}

interface Found {
  readonly state: CollectionState
  readonly options: PlanOptions
}

function planUndeclared(definition: CollectionDefinition, existing: Document, { state, options }: Found): ReconcileStep[] {
  const collection = definition.name
  const index = String(existing['name'])
  if (index === '_id_' || existing['clustered'] === true || isDeclared(definition, existing, state)) return []
  if (!index.startsWith(ownedPrefix)) return [{ kind: 'foreign-index', collection, index }]
  const unique = existing['unique'] === true && ({ unique: true } as const)
  const expiring = expiryOf(existing['expireAfterSeconds']) !== undefined && ({ expiring: true } as const)
  if (existing['hidden'] !== true) return [{ kind: 'hide-index', collection, index, ...unique, ...expiring }]
  const drops = options.dropHidden && (options.mayDrop?.(collection, index) ?? true)
  return drops ? [{ kind: 'drop-index', collection, index }] : [{ kind: 'kept-index', collection, index, ...unique }]
}

function planUndeclaredBuild(definition: CollectionDefinition, existing: Document, state: CollectionState): ReconcileStep[] {
  if (isDeclared(definition, existing, state)) return []
  return [{ kind: 'building-index', collection: definition.name, index: String(existing['name']) }]
}
