import postgres from 'postgres'
import { serveThings } from '../../http/serve-things.ts'
import { asThing } from '../../things/thing-columns.ts'

const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 10 })
await serveThings(async (id) => {
  const rows = await sql.unsafe(`select ${asThing} from things where id = $1`, [id], { prepare: true })
  return rows[0]
})
