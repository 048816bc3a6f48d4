export { schemaReadiness, type SchemaReadiness, type SchemaReadinessOptions } from './schema-readiness.ts'
