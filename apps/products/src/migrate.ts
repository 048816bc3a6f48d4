import { runMigrationCli } from '@polystore/db-core/migrations'
import { collections } from './collections.ts'

await runMigrationCli(
  { store: 'mongo', folder: new URL('../migrations/', import.meta.url), collections },
  process.argv.slice(2),
  process.env,
)
