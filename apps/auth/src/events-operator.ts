import { runPostgresEventsOperator } from '@polystore/events/operator/postgres'
import { parseConfig } from '@polystore/service-kit'
import { eventsOperatorConfig } from './config.ts'

const config = parseConfig(eventsOperatorConfig, process.env)
process.exitCode = await runPostgresEventsOperator({ name: 'auth', args: process.argv.slice(2), config, out: console.log })
