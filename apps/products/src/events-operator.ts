import { runMongoEventsOperator } from '@polystore/events/operator/mongo'
import { parseConfig } from '@polystore/service-kit'
import { eventsOperatorConfig } from './config.ts'

const config = parseConfig(eventsOperatorConfig, process.env)
process.exitCode = await runMongoEventsOperator({ name: 'products', args: process.argv.slice(2), config, out: console.log })
