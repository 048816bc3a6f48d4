import { connectMongo } from '@polystore/db-core/mongo'
import { startMongo } from '@polystore/dev-stack'
import { fastest, type Contest, type Goal } from '../contest.ts'
import { repeat } from '../measure.ts'
import { requireEqualAnswers } from '../same-answers.ts'
import { pickFrom } from '../things/pick.ts'
import { documentIds, openMongoByHand } from '../by-hand/mongo-by-hand.ts'
import { ThingDocumentRepository } from '../things/thing-documents.ts'
import { poolSize, readWidths, rowCount } from './read-settings.ts'

export async function mongoReads(cleanUp: AsyncDisposableStack): Promise<Contest[]> {
  const server = await startMongo({})
  cleanUp.defer(async () => server.stop())
  const byHand = await openMongoByHand(server.url, { poolSize, rows: rowCount }, cleanUp)
  const database = connectMongo(byHand.url, { poolSize })
  cleanUp.defer(async () => database.close())
  const repository = new ThingDocumentRepository(database)
  const ids = documentIds(rowCount)
  const read = async (id: string) => byHand.things.findOne({ _id: id })
  await requireEqualAnswers([repository.get(ids[0] ?? ''), withId(read(ids[0] ?? ''))])
  const pick = pickFrom(ids)
  return readWidths.map((width) => ({
    path: `MongoDB: read by id, ${width} at once`,
    ours: [{ name: 'db-core', leg: repeat(width, () => repository.get(pick())) }],
    baselines: [{ name: 'findOne by hand', leg: repeat(width, () => read(pick())) }],
    goals: goalsAt(width),
  }))
}

function goalsAt(width: number): Goal[] {
  if (width === 32) return [{ metric: 'throughput', over: fastest, atLeast: 3.5 }]
  if (width > 1) return []
  return [
    { metric: 'cpu', over: fastest, atMost: 1.15 },
    { metric: 'latency', over: fastest, atMost: 1.25 },
  ]
}

async function withId(document: Promise<{ _id: string } | null>): Promise<unknown> {
  const { _id: id, ...fields } = (await document) ?? { _id: '' }
  return { id, ...fields }
}
