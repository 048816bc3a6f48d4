import { connectPostgres } from '@polystore/db-core/sql'
import { serveThings } from '../../http/serve-things.ts'
import { ThingRepository } from '../../things/thing-repository.ts'

const repository = new ThingRepository(connectPostgres(process.env['DATABASE_URL'] ?? ''))
await serveThings((id) => repository.find(id))
