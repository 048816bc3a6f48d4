import { MongoClient } from 'mongodb'
import postgres from 'postgres'
import { serveThings } from '../../http/serve-things.ts'
import { asThing } from '../../things/thing-columns.ts'

const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 10 })
const things = new MongoClient(process.env['MONGO_URL'] ?? '').db().collection<{ _id: string }>('things')
await serveThings(async (id) => {
  await things.findOne({ _id: 'thing-1' })
  const rows = await sql.unsafe(`select ${asThing} from things where id = $1`, [id], { prepare: true })
  return rows[0]
})
