import { defineCollection, MongoRepository, stringKey, timestamps, type MongoDatabase } from '@polystore/db-core/mongo'
import * as z from 'zod'

export const thingDocuments = defineCollection({
  name: 'things',
  schema: z.object({ ...stringKey(), name: z.string(), amount: z.int(), ...timestamps() }),
  indexes: [{ key: { createdAt: 1, id: 1 } }],
})

export class ThingDocumentRepository extends MongoRepository<typeof thingDocuments> {
  constructor(database: MongoDatabase, options: { readonly joinReads?: boolean; readonly joinWrites?: boolean } = {}) {
    super(database, thingDocuments, options)
  }
}
