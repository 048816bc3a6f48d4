import { sql } from 'drizzle-orm'
import { integer, text } from 'drizzle-orm/sqlite-core'
import { uuidV7 } from '../../mixins/uuid-v7.ts'
import { slugDefault } from '../sql-slug.ts'
import { moment, now, uuid } from './sqlite-columns.ts'

/** `id`: a UUID of version 7, made here unless given; sorts by time of creation. */
export const uuidKey = () => ({ id: uuid('id').primaryKey().$defaultFn(uuidV7) })

/** `id`: a random UUID of version 4, made here unless given; tells nothing about its time. */
export const randomKey = () => ({
  id: uuid('id')
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID()),
})

/** `id`: an integer counted by the database, never used twice. */
export const identityKey = () => ({ id: integer('id').primaryKey({ autoIncrement: true }) })

/** `createdAt`, `updatedAt`: stamped by the clock of the database on every write. */
export const timestamps = () => ({
  createdAt: moment('created_at')
    .notNull()
    .default(sql`(${now})`),
  updatedAt: moment('updated_at')
    .notNull()
    .default(sql`(${now})`),
})

/** `createdBy`, `updatedBy`: the actor of `runAs`; a write without one is refused. */
export const auditColumns = () => ({ createdBy: text('created_by').notNull(), updatedBy: text('updated_by').notNull() })

/** `deletedAt`, `deletedBy`: delete keeps the row and hides it. Make unique indexes by `liveUnique`. */
export const softDelete = () => ({ deletedAt: moment('deleted_at'), deletedBy: text('deleted_by') })

/** `version`: counts the writes of a row, from 1. */
export const versioned = () => ({ version: integer('version').notNull().default(1) })

/** `tenantId`: stamped from `runInTenant`; rows of other tenants do not exist for a call. */
export const tenantScope = () => ({ tenantId: text('tenant_id').notNull() })

/** `slug`: made of the field `from` by create unless given. Make it unique, among live rows where deletion is soft. */
export const slug = (from: string) => ({ slug: text('slug').notNull().$defaultFn(slugDefault(from)) })

/** An integer key with timestamps. */
export const timestamped = () => ({ ...identityKey(), ...timestamps() })

/** A UUID key with timestamps. */
export const uuidTimestamped = () => ({ ...uuidKey(), ...timestamps() })

/** A UUID key, timestamps, and who wrote. */
export const audited = () => ({ ...uuidTimestamped(), ...auditColumns() })
