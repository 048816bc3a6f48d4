import { rabbitmqMissing } from '@polystore/testing'
import { describe } from 'vitest'
import { describeDelivery } from './conformance/describe-delivery.ts'
import { openMongoStore, openPostgresStore } from './conformance/stores.ts'
import { openRabbitmqTransport } from './rabbitmq/open-rabbitmq-transport.ts'

const missing = rabbitmqMissing()

describe.runIf(missing === undefined)(`on a broker${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  describeDelivery({ title: 'PostgreSQL by RabbitMQ', openStore: openPostgresStore, openTransport: openRabbitmqTransport, runs: 4 })
  describeDelivery({ title: 'MongoDB by RabbitMQ', openStore: openMongoStore, openTransport: openRabbitmqTransport, runs: 4 })
})
