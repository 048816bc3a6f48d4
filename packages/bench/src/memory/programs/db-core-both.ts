import { connectMongo } from '@polystore/db-core/mongo'
import { connectPostgres } from '@polystore/db-core/sql'
import { serveThings } from '../../http/serve-things.ts'
import { ThingDocumentRepository } from '../../things/thing-documents.ts'
import { ThingRepository } from '../../things/thing-repository.ts'

const rows = new ThingRepository(connectPostgres(process.env['DATABASE_URL'] ?? ''))
const documents = new ThingDocumentRepository(connectMongo(process.env['MONGO_URL'] ?? ''))
// Both databases are asked, so that both drivers are awake.
await serveThings(async (id) => {
  await documents.find('thing-1')
  return rows.find(id)
})
