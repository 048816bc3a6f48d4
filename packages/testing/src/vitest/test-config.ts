import { fileURLToPath } from 'node:url'
import { mergeConfig, type ViteUserConfig } from 'vitest/config'
import { databaseKinds, type DatabaseKind } from '../databases/database-kinds.ts'

export interface TestConfig extends ViteUserConfig {
  /** The servers that the tests need. Default: PostgreSQL and MongoDB. */
  databases?: readonly DatabaseKind[]
}

const variable = 'POLYSTORE_TEST_DATABASES'

/** What every package's vitest.config.ts exports: databases for the tests, bounded time, results in .results/vitest.json. */
export function testConfig({ databases = ['postgres', 'mongo'], ...overrides }: TestConfig = {}): ViteUserConfig {
  process.env[variable] = databases.join(',')
  const base: ViteUserConfig = {
    test: {
      include: ['test/**/*.test.ts'],
      globalSetup: [fileURLToPath(new URL('global-setup.ts', import.meta.url))],
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 30_000,
      hookTimeout: 60_000,
      teardownTimeout: 30_000,
      reporters: ['default', ['json', { outputFile: '.results/vitest.json' }]],
    },
  }
  return mergeConfig(base, overrides)
}

/** The servers that testConfig was asked for in this run. */
export function testDatabases(env: NodeJS.ProcessEnv): DatabaseKind[] {
  const wanted = (env[variable] ?? '').split(',')
  return databaseKinds.filter((kind) => wanted.includes(kind))
}

/** True for `vitest run` of all tests: no file and no name is asked for. For settings that make sense for the whole alone. */
export function fullRun(argv: readonly string[]): boolean {
  const [command, ...rest] = argv.slice(2)
  return command === 'run' && rest.every((argument) => argument.startsWith('--') && !argument.startsWith('--testNamePattern'))
}
