import { testConfig } from './src/index.ts'

export default testConfig({ databases: ['postgres', 'mongo', 'mariadb', 'redis'] })
