import { describeDelivery } from './conformance/describe-delivery.ts'
import { openMongoStore, openPostgresStore } from './conformance/stores.ts'
import { openHttpTransport } from './conformance/transports.ts'

describeDelivery({ title: 'PostgreSQL by HTTP', openStore: openPostgresStore, openTransport: openHttpTransport })
describeDelivery({ title: 'MongoDB by HTTP', openStore: openMongoStore, openTransport: openHttpTransport })
