// The route over a db-core repository.
import { connectPostgres } from '@polystore/db-core/sql'
import { z } from 'zod'
import { drivers } from '../by-hand/sql-by-hand.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { serveThings } from './serve-things.ts'
import { serviceConfig } from './service-config.ts'

const { url, poolSize } = serviceConfig
const driver = z.enum(drivers).parse(process.env['DRIVER'])
const things = new ThingRepository(connectPostgres(url, { driver, poolSize, maxOverflow: 0 }))
await serveThings((id) => things.find(id))
