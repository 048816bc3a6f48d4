import { connectPostgres } from '@polystore/db-core/sql'
import { databaseOptions, parseConfig } from '@polystore/service-kit'
import { AuditLog } from './audit/audit-log.ts'
import { hashCost, seedConfig } from './config.ts'
import { createPasswordHasher } from './passwords/password-hasher.ts'
import { seedDemoUsers } from './users/seed-demo-users.ts'
import { UserOutbox } from './users/user-events.ts'
import { UserRepository } from './users/user-repository.ts'

const config = parseConfig(seedConfig, process.env)
const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, 'auth'))
try {
  const passwords = await createPasswordHasher(hashCost(config), { concurrency: 1, queueLimit: 0 })
  const users = new UserRepository(database)
  const dependencies = { database, users, userEvents: new UserOutbox(database), audit: new AuditLog(database), passwords }
  const created = await seedDemoUsers(dependencies, config.SEED_DEMO_PASSWORD)
  process.stdout.write(created.length === 0 ? 'The demo users exist already.\n' : `Created ${created.join(' and ')}.\n`)
} finally {
  await database.close()
}
