import { commonConfig, configPort, mongoConfig } from '@polystore/service-kit'
import { z } from 'zod'
import { crashPoints } from './crash-point.ts'

/** Every variable that the products service reads. */
export const productsConfig = z
  .object({
    ...commonConfig,
    ...mongoConfig,
    PORT: configPort().default(4002).meta({ description: 'Port to listen on' }),
    CRASH_POINT: z
      .enum(crashPoints, 'is not a crash point')
      .optional()
      .meta({ description: 'For tests: where the process kills itself; refused in production' }),
  })
  .refine(({ NODE_ENV, CRASH_POINT }) => NODE_ENV !== 'production' || CRASH_POINT === undefined, {
    path: ['CRASH_POINT'],
    message: 'is refused in production',
  })
