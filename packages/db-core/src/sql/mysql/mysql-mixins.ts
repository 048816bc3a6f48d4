import { sql } from 'drizzle-orm'
import { bigint, datetime, int } from 'drizzle-orm/mysql-core'
import { uuidV7 } from '../../mixins/uuid-v7.ts'
import { slugDefault } from '../sql-slug.ts'
import { exactText, uuidColumn } from './mysql-columns.ts'

/** Milliseconds, as JavaScript has them, in UTC; unlike TIMESTAMP not only until 2038. */
const moment = { mode: 'date', fsp: 3 } as const

/** `id`: a UUID of version 7, made here unless given; sorts by time of creation. */
export const uuidKey = () => ({ id: uuidColumn('id').primaryKey().$defaultFn(uuidV7) })

/** `id`: a random UUID of version 4, made here unless given; tells nothing about its time. */
export const randomKey = () => ({
  id: uuidColumn('id')
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID()),
})

/** `id`: an integer counted by the database. */
export const identityKey = () => ({ id: bigint('id', { mode: 'number' }).primaryKey().autoincrement() })

/** `createdAt`, `updatedAt`: stamped by the clock of the database on every write. */
export const timestamps = () => ({
  createdAt: datetime('created_at', moment)
    .notNull()
    .default(sql`now(3)`),
  updatedAt: datetime('updated_at', moment)
    .notNull()
    .default(sql`now(3)`),
})

/** `createdBy`, `updatedBy`: the actor of `runAs`; a write without one is refused. */
export const auditColumns = () => ({ createdBy: exactText('created_by').notNull(), updatedBy: exactText('updated_by').notNull() })

/** `deletedAt`, `deletedBy`: delete keeps the row and hides it. Make unique keys with `liveUnique`. */
export const softDelete = () => ({ deletedAt: datetime('deleted_at', moment), deletedBy: exactText('deleted_by') })

/** `version`: counts the writes of a row, from 1. */
export const versioned = () => ({ version: int('version').notNull().default(1) })

/** `tenantId`: stamped from `runInTenant`; rows of other tenants do not exist for a call. */
export const tenantScope = () => ({ tenantId: exactText('tenant_id').notNull() })

/** `slug`: made of the field `from` by create unless given, at most 80 characters and a suffix. Make it unique, among live rows where deletion is soft. */
export const slug = (from: string) => ({ slug: exactText('slug', { length: 100 }).notNull().$defaultFn(slugDefault(from)) })

/** An integer key with timestamps. */
export const timestamped = () => ({ ...identityKey(), ...timestamps() })

/** A UUID key with timestamps. */
export const uuidTimestamped = () => ({ ...uuidKey(), ...timestamps() })

/** A UUID key with timestamps and actors. */
export const audited = () => ({ ...uuidTimestamped(), ...auditColumns() })
