import type { SqlDialect } from '../files/sql-tokens.ts'
import type { SqlMigrations } from '../store/migration-source.ts'

export interface GenerateOptions {
  readonly dialect: SqlDialect
  readonly source: SqlMigrations
  /** What it does, `add-phone-number`. */
  readonly name: string
  /** `users.phone:phone_number` for a column, `users:accounts` for a table. */
  readonly renames?: readonly string[]
  /** Consent to a loss by name: `users.phone`, `users`, `user_state.closed` for a value of an enum. */
  readonly allowDrops?: readonly string[]
  /** `users.phone=<SQL expression>`: what rows without a value get. */
  readonly fills?: readonly string[]
  /** `<rule>=<reason>` or `<rule> <object>=<reason>`: exceptions of the lint. */
  readonly allow?: readonly string[]
  /** `NNNN-name=<reason>`: the migration that code must know to live with this one. */
  readonly contract?: string | undefined
  /** Why there is no way back. */
  readonly irreversible?: string | undefined
  /** A folder to fill in by hand, with the snapshot of the tables as they are. */
  readonly blank?: boolean
  /** Says what it would write. */
  readonly dryRun?: boolean
}
