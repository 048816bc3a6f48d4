import { connectMongo } from '@polystore/db-core/mongo'
import { uuidV7 } from '@polystore/db-core'
import { type Contest, type Goal, type Way } from '../contest.ts'
import { repeat } from '../measure.ts'
import { newThing, newThingWithId } from '../things/new-things.ts'
import { type MongoByHand } from '../by-hand/mongo-by-hand.ts'
import { ThingDocumentRepository } from '../things/thing-documents.ts'
import { poolSize, writeWidths } from './write-settings.ts'

const withoutJoining = 'db-core, without joining'

export function mongoSingleInserts(mongo: MongoByHand, cleanUp: AsyncDisposableStack): Contest[] {
  const database = connectMongo(mongo.url, { poolSize })
  cleanUp.defer(async () => database.close())
  const joining = new ThingDocumentRepository(database, { joinWrites: true })
  const plain = new ThingDocumentRepository(database, { joinWrites: false })
  return writeWidths.map((width) => ({
    path: `MongoDB: single inserts, ${width} at once`,
    ours: [repositoryInserts('db-core, joinWrites', joining, width)],
    baselines: [repositoryInserts(withoutJoining, plain, width), insertsByHand(mongo, width)],
    goals: width === 1 ? alone : together,
  }))
}

const byHand = 'insertOne by hand'
const alone: Goal[] = [{ metric: 'latency', over: withoutJoining, atMost: 1.1 }]
const together: Goal[] = [{ metric: 'throughput', over: byHand, atLeast: 3 }]

function repositoryInserts(name: string, repository: ThingDocumentRepository, width: number): Way {
  let amount = 0
  return { name, leg: repeat(width, () => repository.create({ id: uuidV7(), ...newThing(++amount) })) }
}

function insertsByHand({ things }: MongoByHand, width: number): Way {
  let number = 0
  const insert = () => {
    const { id, ...fields } = newThingWithId(++number)
    const now = new Date()
    return things.insertOne({ _id: id, ...fields, createdAt: now, updatedAt: now })
  }
  return { name: byHand, leg: repeat(width, insert) }
}
