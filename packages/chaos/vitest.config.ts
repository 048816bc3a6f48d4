import { testConfig } from '@polystore/testing'

// The stack brings its own databases, because these tests kill them.
export default testConfig({ databases: [], test: { testTimeout: 600_000, hookTimeout: 120_000, fileParallelism: false } })
