import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Applies the service's own migrations by its own command. */
export async function applyMigrations(url: string): Promise<void> {
  await run(process.execPath, [new URL('../src/migrate.ts', import.meta.url).pathname, 'up'], {
    env: { ...process.env, DATABASE_URL: url },
    timeout: 30_000,
  })
}
