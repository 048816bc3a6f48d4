import { fullRun, testConfig } from '@polystore/testing'

export default testConfig({
  databases: ['postgres', 'mongo', 'mariadb', 'redis'],
  test: {
    coverage: {
      // A part of the tests covers a part of the code, and would fail the thresholds for nothing.
      enabled: fullRun(process.argv),
      include: ['src/**/*.ts'],
      // The conformance suite is itself a test.
      exclude: ['src/testing/**'],
      reporter: [['text', { skipFull: true }], 'text-summary'],
      reportsDirectory: '.results/coverage',
      thresholds: { lines: 95, branches: 95 },
    },
  },
})
