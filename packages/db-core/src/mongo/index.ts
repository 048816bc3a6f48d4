export { connectMongo, type CallOptions, type MongoDatabase, type RunContext } from './mongo-database.ts'
export type { MongoOptions } from './mongo-settings.ts'
export type { MongoTransaction } from './mongo-transaction.ts'
export {
  defineCollection,
  type CollectionDefinition,
  type CollectionInput,
  type CollectionSchema,
  type CreateOf,
  type DocumentOf,
  type PatchOf,
  type RowOf,
} from './mongo-collection.ts'
export {
  auditColumns,
  audited,
  objectIdKey,
  randomKey,
  searchText,
  slug,
  softDelete,
  stringKey,
  tenantScope,
  timestamped,
  timestamps,
  uuidKey,
  uuidTimestamped,
  versioned,
} from './mongo-mixins.ts'
export type { IndexDeclaration, IndexDirection, ResolvedIndex } from './mongo-index-declarations.ts'
export { MongoRepository } from './mongo-repository.ts'
export { MongoReader } from './mongo-reader.ts'
export { translateMongoErrors } from './mongo-errors.ts'
export { compileFilter, escapeText } from './mongo-filters.ts'
export { planCollections, reconcileCollections, type ReconcileOptions, type ReconcileReport } from './mongo-reconcile.ts'
export type { IndexChanges, PlanOptions, ReconcileStep } from './mongo-index-plan.ts'
export { acquireLease, type LeaseOptions, type MongoLease } from './mongo-lease.ts'
