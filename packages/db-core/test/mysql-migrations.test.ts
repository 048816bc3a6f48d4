import { describeCuts } from './support/describe-cuts.ts'
import { describeManyProcesses } from './support/describe-many-processes.ts'
import { describeMigrations } from './support/describe-migrations.ts'
import { describeMysql } from './support/mysql.ts'
import { mysqlHarness } from './support/mysql-migrations.ts'

describeMysql('migrations', () => {
  describeMigrations(mysqlHarness)
  describeManyProcesses(mysqlHarness)
  describeCuts(mysqlHarness)
})
