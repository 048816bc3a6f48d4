import { describeManyProcesses } from './support/describe-many-processes.ts'
import { describeMigrations } from './support/describe-migrations.ts'
import { sqliteHarness } from './support/sqlite-migrations.ts'

describeMigrations(sqliteHarness)
describeManyProcesses(sqliteHarness)
