import { z } from 'zod'
import { searchTextPattern } from './mongo-fields.ts'
import { objectIdKey, uuidKey } from './mongo-keys.ts'

export { objectIdKey, randomKey, stringKey, uuidKey } from './mongo-keys.ts'

/** `createdAt` and `updatedAt`, stamped on every write. */
export function timestamps() {
  return { createdAt: z.date(), updatedAt: z.date() }
}

/** `deletedAt`: delete hides the row, restore brings it back, and unique keys hold among live rows only. */
export function softDelete() {
  return { deletedAt: z.date().nullable(), deletedBy: z.string().nullable() }
}

/** `version`, from 1: counts writes and lets an update insist on the version it read. */
export function versioned() {
  return { version: z.int().min(1) }
}

/** `createdBy` and `updatedBy`: the actor of `runAs`, without whom nothing is written. */
export function auditColumns() {
  return { createdBy: z.string(), updatedBy: z.string() }
}

/** `slug`: made by `create` of the text in the field `from` unless given, and unique among live rows (of a tenant). */
export function slug<const From extends string>(from: From) {
  return { slug: Object.assign(z.string().min(1).max(255), { slugFrom: from }) }
}

/** Text without control characters other than white space: where all fields of `search` are such, a text index over them serves it. */
export function searchText() {
  return z.string().regex(searchTextPattern)
}

/** `tenantId`: every call belongs to the tenant of `runInTenant` and sees only its rows. */
export function tenantScope() {
  return { tenantId: z.string().min(1) }
}

/** An ObjectId key with timestamps. */
export function timestamped() {
  return { ...objectIdKey(), ...timestamps() }
}

/** A UUID key with timestamps and the actors of the first and the last write. */
export function audited() {
  return { ...uuidKey(), ...timestamps(), ...auditColumns() }
}

/** A UUID key with timestamps. */
export function uuidTimestamped() {
  return { ...uuidKey(), ...timestamps() }
}
