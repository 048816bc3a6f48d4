import { z } from 'zod'
import { defineCollection, stringKey } from '../../src/mongo/index.ts'

/** A collection with a validator, for migrations of processes. */
export const people = defineCollection({ name: 'people', schema: z.object({ ...stringKey(), name: z.string() }) })
