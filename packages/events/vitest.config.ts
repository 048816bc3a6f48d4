import { testConfig } from '@polystore/testing'

export default testConfig()
