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
      // Only where every store can be had; a few branches depend on the timing of a run.
      ...(process.env['COVERAGE'] === 'required' && { thresholds: { lines: 95, branches: 94.5 } }),
    },
  },
})
