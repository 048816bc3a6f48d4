import { runMigrationCli } from '../../src/migrations/index.ts'

const [folder = '', ...args] = process.argv.slice(2)
await runMigrationCli({ store: 'postgres', folder }, args, process.env)
