import { connectMongo } from '@polystore/db-core/mongo'
import { startMongo } from '@polystore/dev-stack'
import type { Contest } from '../contest.ts'
import { repeat } from '../measure.ts'
import { requireEqualAnswers } from '../same-answers.ts'
import { openMongoByHand } from '../by-hand/mongo-by-hand.ts'
import { thingDocuments, ThingDocumentRepository } from '../things/thing-documents.ts'
import { cursorAt, depth, goals, limit, offset, poolSize, rowCount, shallow } from './page-settings.ts'

export async function mongoPages(cleanUp: AsyncDisposableStack): Promise<Contest[]> {
  const server = await startMongo({})
  cleanUp.defer(async () => server.stop())
  const byHand = await openMongoByHand(server.url, { poolSize, rows: rowCount }, cleanUp)
  const database = connectMongo(byHand.url, {
    poolSize,
    statementTimeoutMs: 60_000,
    cursorSecret: 'a secret of the bench, long enough to sign',
  })
  cleanUp.defer(async () => database.close())
  await database.prepare([thingDocuments])
  const repository = new ThingDocumentRepository(database)
  const query = { orderBy: [{ field: 'createdAt', direction: 'asc' }], limit } as const
  const cursor = await cursorAt(repository, query)
  const deep = () => repository.seek({ ...query, cursor })
  const skip = () => byHand.things.find().sort({ createdAt: 1, _id: 1 }).skip(depth).limit(limit).toArray()
  const amounts = (rows: readonly { readonly amount: number }[]) => rows.map(({ amount }) => amount)
  await requireEqualAnswers([deep().then(({ items }) => amounts(items)), skip().then(amounts)])
  return [
    {
      path: `MongoDB: ${limit} of ${rowCount} documents, by time`,
      ours: [{ name: `cursor at depth ${depth}`, leg: repeat(1, deep) }],
      baselines: [
        { name: shallow, leg: repeat(1, () => repository.seek(query)) },
        { name: offset, leg: repeat(1, skip) },
      ],
      goals,
    },
  ]
}
