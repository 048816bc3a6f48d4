import { runMigrationCli } from '@polystore/db-core/migrations'

await runMigrationCli({ store: 'postgres', folder: new URL('../migrations/', import.meta.url) }, process.argv.slice(2), process.env)
