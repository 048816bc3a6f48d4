// The route over Drizzle as its guide shows it: `postgres`, nothing prepared.
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { things } from '../things/things-table.ts'
import { serveThings } from './serve-things.ts'
import { serviceConfig } from './service-config.ts'

const db = drizzle(postgres(serviceConfig.url, { max: serviceConfig.poolSize }))
await serveThings(async (id) => (await db.select().from(things).where(eq(things.id, id)))[0])
