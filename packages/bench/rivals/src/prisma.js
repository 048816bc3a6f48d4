// The route over Prisma.
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import { serveThings } from '../../src/http/serve-things.ts'
import { serviceConfig } from '../../src/http/service-config.ts'

const adapter = new PrismaPg({ connectionString: serviceConfig.url, max: serviceConfig.poolSize })
const prisma = new PrismaClient({ adapter })
await serveThings((id) => prisma.thing.findUnique({ where: { id } }))
