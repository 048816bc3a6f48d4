import { describeMigrations } from './support/describe-migrations.ts'
import { postgresMigrations } from './support/postgres-migrations.ts'

describeMigrations(postgresMigrations)
