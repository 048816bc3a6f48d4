import { z } from 'zod'
import { commonConfig, databaseConfig, parseConfig } from '../../src/index.ts'

process.stdout.write(JSON.stringify(parseConfig(z.object({ ...commonConfig, ...databaseConfig }), process.env)))
