import { defineConfig } from 'vitest/config'

// The testing package stands on this one, so its testConfig() cannot be used here.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: '.results/vitest.json' }]],
  },
})
