export { MigrationError } from './store/migration-error.ts'
