import { migrateUp } from '../../src/migrations/runner/migrate-up.ts'

/** One replica that migrates at its start: `node migrate-process.ts <kind> <url> <folder>`; prints a line per event. */
const [kind = '', url = '', folder = ''] = process.argv.slice(2)
const report = await migrateUp({
  url,
  sources: { [kind]: { folder } },
  log: (line) => void process.stdout.write(`${line}\n`),
  waitMs: 120_000,
})
process.stdout.write(`changed ${report.changed.length}, code ${report.exitCode}\n`)
