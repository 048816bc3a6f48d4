import type { Document } from 'mongodb'
import type { EntityTraits } from '../mixins/traits.ts'
import { currentActor, requireActor } from '../mixins/actor.ts'
import { requireTenant } from '../mixins/tenant.ts'
import { NotNullError } from '../errors/repository-error.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { withoutWideIntegers } from './mongo-integers.ts'
import type { Key } from './mongo-keys.ts'

/** A document as the driver gives and takes it, before its fields are known. */
export interface StoredDocument {
  _id: Key
  [field: string]: unknown
}

/** What `update` says to the server. */
export interface UpdateStatement {
  readonly $set?: Document
  readonly $unset?: Document
  readonly $inc?: Document
  readonly $setOnInsert?: Document
}

/** A new document from checked input: key, fallbacks and stamps (of `creationStamps`) included. @throws NotNullError without a key that must be given */
export function newDocument(definition: CollectionDefinition, input: Readonly<Record<string, unknown>>, stamps: Document): StoredDocument {
  const document: StoredDocument = { _id: keyOf(definition, input['id']) }
  const entity = definition.name
  for (const field of Object.keys(input)) if (field !== 'id') document[field] = withoutWideIntegers(input[field], { entity, field })
  for (const { name, fallback } of definition.fallbacks) {
    if (document[name] === undefined) document[name] = fallback()
  }
  return Object.assign(document, stamps)
}

function keyOf(definition: CollectionDefinition, id: unknown): Key {
  if (id !== undefined) return definition.key.encode(id, definition.name)
  const key = definition.key.generate()
  if (key === undefined)
    throw new NotNullError(`A required value is missing in ${definition.name}.`, { entity: definition.name, fields: ['id'] })
  return key
}

/** Managed fields of a row that is new. */
export function creationStamps({ name, traits }: CollectionDefinition, now: Date): Document {
  return {
    ...(traits.createdAt && { createdAt: now }),
    ...(traits.audited && { createdBy: requireActor(name) }),
    ...(traits.tenant && { tenantId: requireTenant(name) }),
    ...(traits.versioned && { version: 1 }),
    ...updateStamps({ name, traits }, now),
  }
}

/** Managed fields that every write sets; `version` is counted beside them. */
function updateStamps({ name, traits }: { name: string; traits: EntityTraits }, now: Date): Document {
  return {
    ...(traits.updatedAt && { updatedAt: now }),
    ...(traits.audited && { updatedBy: requireActor(name) }),
  }
}

/** One update of one or many rows: the patch, the stamps, and one more in `version`. */
export function updateStatement(definition: CollectionDefinition, patch: Readonly<Record<string, unknown>>, now: Date): UpdateStatement {
  const entries = Object.entries(patch).map(
    ([field, value]) => [field, withoutWideIntegers(value, { entity: definition.name, field })] as const,
  )
  const removed = entries.filter(([field, value]) => value === null && isRemovable(definition, field))
  const kept = entries.filter((entry) => !removed.includes(entry))
  return statement({
    $set: { ...Object.fromEntries(kept), ...updateStamps(definition, now) },
    $unset: Object.fromEntries(removed.map(([field]) => [field, ''])),
    $inc: definition.traits.versioned ? { version: 1 } : {},
  })
}

/** Adds to fields. `$inc` refuses null, so where a field may hold it the sum is an expression that takes null as zero. */
export function incrementStatement(
  definition: CollectionDefinition,
  amounts: Readonly<Record<string, number>>,
  now: Date,
): UpdateStatement | Document[] {
  const { $set = {}, $inc = {} } = updateStatement(definition, {}, now)
  const sums = { ...$inc, ...amounts }
  if (!Object.keys(amounts).some((field) => definition.fields.get(field)?.nullable)) return statement({ $set, $inc: sums })
  const stamps = Object.entries($set).map(([field, value]) => [field, { $literal: value }])
  const added = Object.entries(sums).map(([field, amount]) => [field, { $add: [{ $ifNull: [`$${field}`, 0] }, amount] }])
  return [{ $set: Object.fromEntries([...stamps, ...added]) }]
}

export function deletionStatement(definition: CollectionDefinition, now: Date): UpdateStatement {
  const by = definition.traits.deletedBy ? { deletedBy: currentActor() ?? null } : {}
  const { $set = {}, $inc = {} } = updateStatement(definition, {}, now)
  return statement({ $set: { ...$set, deletedAt: now, ...by }, $inc })
}

export function restorationStatement(definition: CollectionDefinition, now: Date): UpdateStatement {
  const by = definition.traits.deletedBy ? { deletedBy: null } : {}
  const { $set = {}, $inc = {} } = updateStatement(definition, {}, now)
  return statement({ $set: { ...$set, deletedAt: null, ...by }, $inc })
}

/** Insert all of `document`, or update the row that is there by `changes`. */
export function upsertStatement(
  definition: CollectionDefinition,
  { document, changes, now }: { document: StoredDocument; changes: Readonly<Record<string, unknown>>; now: Date },
): UpdateStatement {
  // Without a field to change, the row that is there stays as it is.
  const update = Object.keys(changes).length === 0 ? {} : updateStatement(definition, changes, now)
  const counted = new Set([...Object.keys(update.$set ?? {}), ...Object.keys(update.$inc ?? {}), ...Object.keys(update.$unset ?? {})])
  const rest = Object.entries(document).filter(([field]) => !counted.has(field))
  return statement({ ...update, $setOnInsert: Object.fromEntries(rest) })
}

/** MongoDB refuses an operator with nothing in it. */
function statement(parts: UpdateStatement): UpdateStatement {
  return Object.fromEntries(Object.entries(parts).filter(([, fields]) => Object.keys(fields).length > 0))
}

function isRemovable(definition: CollectionDefinition, field: string): boolean {
  const traits = definition.fields.get(field)
  return traits !== undefined && traits.optional && !traits.nullable
}
