import { z } from 'zod'

const environment = z.object({ DATABASE_URL: z.string(), POOL_SIZE: z.coerce.number() }).parse(process.env)

export const serviceConfig = { url: environment.DATABASE_URL, poolSize: environment.POOL_SIZE } as const
