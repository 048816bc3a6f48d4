// Streams rows from an async source into a table and prints what memory it took. Arguments: database URL, number of rows.
import { connectPostgres } from '@polystore/db-core/sql'
import { newThings, type NewThing } from '../things/new-things.ts'
import { ThingRepository } from '../things/thing-repository.ts'

const rowsAtOnce = 5_000
const [url = '', count = '0'] = process.argv.slice(2)
const total = Number(count)
const database = connectPostgres(url)
const repository = new ThingRepository(database)
const started = performance.now()
const seen = { first: 0, later: 0 }
let stored = 0
for await (const rows of source()) {
  stored += (await repository.createMany(rows)).length
  const part = stored <= total / 10 ? 'first' : 'later'
  seen[part] = Math.max(seen[part], process.memoryUsage.rss() / 2 ** 20)
}
await database.close()
console.log(JSON.stringify({ rows: stored, seconds: (performance.now() - started) / 1_000, firstMb: seen.first, peakMb: seen.later }))

/** As a file or a socket would give them: some at a time, never all. */
async function* source(): AsyncGenerator<NewThing[]> {
  for (let from = 0; from < total; from += rowsAtOnce) yield await Promise.resolve(newThings(from, rowsAtOnce))
}
