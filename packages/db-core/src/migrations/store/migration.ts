export type Direction = 'up' | 'down'

/** The language of a folder: SQL differs in its quotes and comments, and MongoDB has scripts. */
export type MigrationLanguage = 'postgres' | 'mysql' | 'sqlite' | 'mongo'

/** One migration as its folder `NNNN-what-it-does` holds it: `up.sql` and `down.sql`, for MongoDB `up.ts` and `down.ts`. */
export interface Migration {
  /** The folder's name; migrations run in its order. */
  readonly name: string
  readonly up: MigrationScript
  /** Undefined when there is no way back. */
  readonly down: MigrationScript | undefined
  /** Why there is no way back, from `-- irreversible: reason` in down.sql. */
  readonly irreversible?: string
  /** The migration that code must know to live with this one, from `-- contract: NNNN-name because reason` in up.sql; see docs/migrations.md. */
  readonly contract?: string
  /** SHA-256 of `up`, where blanks and comments do not count. */
  readonly checksum: string
}

export interface MigrationScript {
  readonly path: string
  readonly text: string
  /** False by `-- transaction: off` in the first line: statement by statement, each committed. */
  readonly transaction: boolean
}
