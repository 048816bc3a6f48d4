import type { Relation } from '../relations/relation.ts'

/** What filters are checked against. */
export interface FilterTarget {
  readonly name: string
  readonly fieldNames: ReadonlySet<string>
  readonly relations?: Readonly<Record<string, Relation>> | undefined
  /** The text fields that `search` looks into; without any, `search` is InvalidFilter. */
  readonly searchFields?: readonly string[] | undefined
}

/** What is known of an entity without asking its database. */
export interface EntityShape extends FilterTarget {
  /** The field that holds the key. */
  readonly keyField: string
  readonly traits: EntityTraits
}

/** What an entity does by itself, seen from the fields it has. */
export interface EntityTraits {
  /** `deletedAt`: delete is soft, and deleted rows are hidden. */
  readonly softDelete: boolean
  /** `deletedBy`: a soft delete keeps who did it. */
  readonly deletedBy: boolean
  /** `version`: every write counts it up. */
  readonly versioned: boolean
  readonly createdAt: boolean
  readonly updatedAt: boolean
  /** `createdBy` and `updatedBy`: every write names its actor. */
  readonly audited: boolean
  /** `tenantId`: every call belongs to the current tenant. */
  readonly tenant: boolean
  /** `slug`: made of this field by create, and unique among live rows. */
  readonly slugFrom?: string | undefined
}

const managedFields: ReadonlySet<string> = new Set([
  'createdAt',
  'updatedAt',
  'createdBy',
  'updatedBy',
  'deletedAt',
  'deletedBy',
  'version',
  'tenantId',
])

/** The field that a tenant-scoped entity is divided by. */
export const tenantField = 'tenantId'

export function readTraits(fields: ReadonlySet<string>): EntityTraits {
  return {
    softDelete: fields.has('deletedAt'),
    deletedBy: fields.has('deletedAt') && fields.has('deletedBy'),
    versioned: fields.has('version'),
    createdAt: fields.has('createdAt'),
    updatedAt: fields.has('updatedAt'),
    audited: fields.has('createdBy') && fields.has('updatedBy'),
    tenant: fields.has(tenantField),
  }
}

/** True for a field that only db-core writes. */
export function isManagedField(field: string): boolean {
  return managedFields.has(field)
}
