import { testConfig } from '@polystore/testing'

export default testConfig({ databases: ['postgres', 'mongo', 'rabbitmq'] })
