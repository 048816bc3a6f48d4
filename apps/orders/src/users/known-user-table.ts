import { boolean, integer, pgTable, uuid } from 'drizzle-orm/pg-core'

/** What this service knows of the users of auth: kept by events, asked for when somebody is not known yet. */
export const knownUserTable = pgTable('known_users', {
  id: uuid('id').primaryKey(),
  active: boolean('active').notNull(),
  /** Of the user at auth; older news changes nothing. */
  version: integer('version').notNull(),
})
