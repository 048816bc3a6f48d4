import { databaseUrl } from '@polystore/dev-stack'
import { MongoClient, type Collection } from 'mongodb'

/** A thing as it is stored. */
export interface ThingDocument {
  readonly _id: string
  readonly name: string
  readonly amount: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface MongoByHand {
  readonly url: string
  readonly client: MongoClient
  readonly things: Collection<ThingDocument>
}

const rowsPerInsert = 10_000

/** A client as one would write it, over a database of its own with as many things as asked for. */
export async function openMongoByHand(
  serverUrl: string,
  options: { readonly poolSize: number; readonly rows: number },
  cleanUp: AsyncDisposableStack,
): Promise<MongoByHand> {
  const url = databaseUrl(serverUrl, 'bench')
  const client = new MongoClient(url, { maxPoolSize: options.poolSize, writeConcern: { w: 'majority', journal: true } })
  cleanUp.defer(async () => client.close())
  const collection = client.db().collection<ThingDocument>('things')
  for (let from = 0; from < options.rows; from += rowsPerInsert) {
    const count = Math.min(rowsPerInsert, options.rows - from)
    await collection.insertMany(
      Array.from({ length: count }, (_, index) => newThing(from + index + 1)),
      { ordered: false, writeConcern: { w: 1 } },
    )
  }
  return { url, client, things: collection }
}

/** A second apart, as the rows of the table are. */
function newThing(number: number): ThingDocument {
  const moment = new Date(Date.UTC(2020, 0, 1) + number * 1_000)
  return { _id: documentId(number), name: `thing ${number}`, amount: number, createdAt: moment, updatedAt: moment }
}

export function documentIds(rows: number): string[] {
  return Array.from({ length: rows }, (_, index) => documentId(index + 1))
}

function documentId(number: number): string {
  return `thing-${number}`
}
