export type { Catalog, CatalogDifference } from './catalog/catalog.ts'
export { runMigrationCli } from './cli/run-migration-cli.ts'
export type { Direction, Migration, MigrationLanguage, MigrationScript } from './store/migration.ts'
export { readMigrations } from './files/read-migrations.ts'
export { checkMigrations } from './generate/check-migrations.ts'
export { generateMigration, type GenerateOutcome } from './generate/generate-migration.ts'
export type { GenerateOptions } from './generate/generate-options.ts'
export type { LintFinding } from './lint/lint-finding.ts'
export type { BatchWalk, MongoMigrationContext, RowChange } from './mongo/mongo-migration-context.ts'
export { baselineMigrations, type BaselineOptions } from './runner/baseline-migrations.ts'
export { migrateDown, type MigrateDownOptions } from './runner/migrate-down.ts'
export { migrateUp, type MigrateUpOptions } from './runner/migrate-up.ts'
export { migrationHistory, type HistoryOptions } from './runner/migration-history.ts'
export type {
  ChangeReport,
  MigrationState,
  MigrationStatus,
  PlannedMigration,
  PlanReport,
  StatusExitCode,
  StatusReport,
} from './runner/migration-report.ts'
export type { MigrationsOptions } from './runner/migration-run.ts'
export { migrationStatus } from './runner/migration-status.ts'
export { planMigrations, type PlanOptions } from './runner/plan-migrations.ts'
export { repairMigrations, type RepairOptions } from './runner/repair-migrations.ts'
export { MigrationError } from './store/migration-error.ts'
export type { MigrationSources, MongoMigrations, SqlMigrations } from './store/migration-source.ts'
export type { HistoryEntry, HistoryEvent, PlannedStatement } from './store/migration-store.ts'
