import type { CatalogDifference } from '../catalog/catalog.ts'
import type { LintFinding } from '../lint/lint-finding.ts'
import type { PlannedStatement } from '../store/migration-store.ts'

/**
 * `late`: pending although a later one is applied; `changed`: applied with another text; `missing`: applied, and not in the folder;
 * `unfinished`: begun, and to be continued by the next run.
 */
export type MigrationState = 'applied' | 'pending' | 'late' | 'changed' | 'missing' | 'unfinished'

export interface MigrationStatus {
  readonly name: string
  readonly state: MigrationState
  /** ISO 8601. */
  readonly appliedAt?: string
  readonly appliedBy?: string
  /** What to do about a state that is neither applied nor pending. */
  readonly advice?: string
}

/** 0 clean, 2 pending (also late, unfinished), 3 drift (also missing), 4 changed; the gravest counts. */
export type StatusExitCode = 0 | 2 | 3 | 4

export interface StatusReport {
  readonly exitCode: StatusExitCode
  readonly migrations: readonly MigrationStatus[]
  /** Where the database is not what its migrations have made; empty before the first. */
  readonly drift: readonly CatalogDifference[]
  /** What has to follow the migrations, such as indexes of collections. */
  readonly afterwards: readonly string[]
}

export interface ChangeReport extends StatusReport {
  /** Names in the order in which this run applied, undid, baselined or repaired them. */
  readonly changed: readonly string[]
}

export interface PlannedMigration {
  readonly name: string
  readonly transaction: boolean
  readonly statements: readonly PlannedStatement[]
  readonly findings: readonly LintFinding[]
}

export interface PlanReport {
  readonly migrations: readonly PlannedMigration[]
  readonly afterwards: readonly PlannedStatement[]
}
