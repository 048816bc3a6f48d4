import { runMigrationCli } from '@polystore/db-core/migrations'
import { migrations } from './migrations.ts'

await runMigrationCli(migrations, process.argv.slice(2), process.env)
