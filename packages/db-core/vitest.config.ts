import { fullRun, testConfig } from '@polystore/testing'

/** In containers what needs no server, and what takes longest, is not run again, and nobody counts lines. */
const onContainers = process.env['CONTAINERS'] === 'required'
const leftOut = [
  'test/{mutation,generate-evolutions,generate-proof,postgres-migration-cuts,mongo-migration-kills}.test.ts',
  'test/{mysql-migrations,mysql-migration-store,postgres-migration-crowd,postgres-migration-locks,mongo-migration-refusals}.test.ts',
  'test/{sql-faults,sql-joined-faults,mysql-faults,sql-pool,schema-readiness,migration-cli,masking}.test.ts',
  'test/cache-{mongo,postgres}-conformance.test.ts',
  'test/{sqlite,memory,cache-sqlite}-*.test.ts',
  // These start and end servers of their own.
  'test/{mongo-faults,mongo-network-faults,mysql-server-faults,sql-server-faults}.test.ts',
]

export default testConfig({
  databases: ['postgres', 'mongo', 'mariadb', 'redis'],
  test: {
    ...(onContainers && { exclude: leftOut }),
    coverage: {
      // A part of the tests covers a part of the code, and would fail the thresholds for nothing.
      enabled: fullRun(process.argv) && !onContainers,
      include: ['src/**/*.ts'],
      // The conformance suite is itself a test.
      exclude: ['src/testing/**'],
      reporter: [['text', { skipFull: true }], 'text-summary'],
      reportsDirectory: '.results/coverage',
      // Only where every store can be had; a few branches depend on the timing of a run.
      ...(process.env['COVERAGE'] === 'required' && { thresholds: { lines: 95, branches: 92 } }),
    },
  },
})
