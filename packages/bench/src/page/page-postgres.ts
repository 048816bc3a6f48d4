import { connectPostgres } from '@polystore/db-core/sql'
import { startPostgres } from '@polystore/dev-stack'
import { openSqlByHand } from '../by-hand/sql-by-hand.ts'
import type { Contest } from '../contest.ts'
import { repeat } from '../measure.ts'
import { requireEqualAnswers } from '../same-answers.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { asThing } from '../things/thing-columns.ts'
import { createThings } from '../things/things-table.ts'
import { cursorAt, depth, goals, limit, offset, poolSize, rowCount, shallow } from './page-settings.ts'

const sorts = [
  { title: 'by time', field: 'createdAt', order: 'created_at' },
  { title: 'by text', field: 'name', order: 'name collate "C"' },
] as const

export async function postgresPages(cleanUp: AsyncDisposableStack): Promise<Contest[]> {
  const server = await startPostgres({})
  cleanUp.defer(async () => server.stop())
  await createThings(server.url, { rows: rowCount, indexes: sorts.map(({ order }) => `create index on things (${order}, id)`) })
  const database = connectPostgres(server.url, { poolSize, cursorSecret: 'a secret of the bench, long enough to sign' })
  cleanUp.defer(async () => database.close())
  const repository = new ThingRepository(database)
  const byHand = openSqlByHand('postgres', { url: server.url, poolSize, width: 1 }, cleanUp)
  const contests: Contest[] = []
  for (const { title, field, order } of sorts) {
    const query = { orderBy: [{ field, direction: 'asc' }], limit } as const
    const cursor = await cursorAt(repository, query)
    const deep = () => repository.seek({ ...query, cursor })
    const skip = () => byHand.run(title, `select ${asThing} from things order by ${order}, id limit ${limit} offset ${depth}`, [])
    await requireEqualAnswers([deep().then(({ items }) => items), skip().then((rows) => [...rows])])
    contests.push({
      path: `PostgreSQL: ${limit} of ${rowCount} rows, ${title}`,
      ours: [{ name: `cursor at depth ${depth}`, leg: repeat(1, deep) }],
      baselines: [
        { name: shallow, leg: repeat(1, () => repository.seek(query)) },
        { name: offset, leg: repeat(1, skip) },
      ],
      goals,
    })
  }
  return contests
}
