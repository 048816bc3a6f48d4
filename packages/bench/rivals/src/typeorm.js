// The route over TypeORM.
import { DataSource } from 'typeorm'
import { serveThings } from '../../src/http/serve-things.ts'
import { dataSourceOptions, ThingSchema } from './typeorm-thing.js'

const source = await new DataSource(dataSourceOptions).initialize()
const things = source.getRepository(ThingSchema)
await serveThings((id) => things.findOneBy({ id }))
