import { z } from 'zod'

const column = z.looseObject({
  name: z.string(),
  type: z.string(),
  typeSchema: z.string().optional(),
  primaryKey: z.boolean(),
  notNull: z.boolean(),
  autoincrement: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  onUpdate: z.boolean().optional(),
  generated: z.looseObject({ as: z.string(), type: z.string().optional() }).optional(),
  identity: z.looseObject({ name: z.string(), type: z.string() }).optional(),
})

const indexColumn = z.union([
  z.string(),
  z.looseObject({
    expression: z.string(),
    isExpression: z.boolean(),
    asc: z.boolean(),
    nulls: z.string().optional(),
    opclass: z.string().optional(),
  }),
])

const index = z.looseObject({
  name: z.string(),
  columns: z.array(indexColumn),
  isUnique: z.boolean(),
  where: z.string().optional(),
  method: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
})

const foreignKey = z.looseObject({
  name: z.string(),
  tableFrom: z.string(),
  tableTo: z.string(),
  schemaTo: z.string().optional(),
  columnsFrom: z.array(z.string()),
  columnsTo: z.array(z.string()),
  onDelete: z.string().optional(),
  onUpdate: z.string().optional(),
})

const unique = z.looseObject({ name: z.string(), columns: z.array(z.string()), nullsNotDistinct: z.boolean().optional() })
const check = z.looseObject({ name: z.string(), value: z.string() })

const table = z.looseObject({
  name: z.string(),
  schema: z.string().optional(),
  columns: z.record(z.string(), column),
  indexes: z.record(z.string(), index),
  foreignKeys: z.record(z.string(), foreignKey),
  compositePrimaryKeys: z.record(z.string(), z.looseObject({ name: z.string(), columns: z.array(z.string()) })),
  uniqueConstraints: z.record(z.string(), unique).optional(),
  /** MySQL's snapshots spell it in the singular. */
  checkConstraint: z.record(z.string(), check).optional(),
  checkConstraints: z.record(z.string(), check).optional(),
  policies: z.record(z.string(), z.unknown()).optional(),
  isRLSEnabled: z.boolean().optional(),
})

const enumeration = z.looseObject({ name: z.string(), schema: z.string(), values: z.array(z.string()) })

const view = z.looseObject({
  name: z.string(),
  schema: z.string().optional(),
  materialized: z.boolean().optional(),
  isExisting: z.boolean().optional(),
  definition: z.string().optional(),
})

/** What drizzle-kit 0.31 says of a set of tables; one shape that fits its snapshots of the three dialects. */
export const snapshotSchema = z.looseObject({
  id: z.string(),
  prevId: z.string(),
  tables: z.record(z.string(), table),
  enums: z.record(z.string(), z.unknown()).optional(),
  views: z.record(z.string(), view).optional(),
  schemas: z.record(z.string(), z.unknown()).optional(),
  sequences: z.record(z.string(), z.unknown()).optional(),
  roles: z.record(z.string(), z.unknown()).optional(),
  policies: z.record(z.string(), z.unknown()).optional(),
})

/** An enum of PostgreSQL in a snapshot. */
export const enumerationSchema = enumeration

export type Snapshot = z.infer<typeof snapshotSchema>
export type SnapshotTable = z.infer<typeof table>
export type SnapshotColumn = z.infer<typeof column>
export type SnapshotIndex = z.infer<typeof index>
export type SnapshotForeignKey = z.infer<typeof foreignKey>
export type SnapshotView = z.infer<typeof view>
