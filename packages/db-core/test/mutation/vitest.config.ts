import { defineConfig } from 'vitest/config'
import { patched } from './patch.ts'

/** For the runs that mutation.test.ts starts: one suite without any server, with one patch or none. */
export default defineConfig({
  plugins: [patched(process.env['POLYSTORE_MUTATION'])],
  test: { root: new URL('../..', import.meta.url).pathname, pool: 'threads', maxWorkers: 1, testTimeout: 30_000 },
})
