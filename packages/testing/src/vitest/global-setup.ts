import type { TestProject } from 'vitest/node'
import { startTestServers } from '../databases/test-servers.ts'
import { testDatabases } from './test-config.ts'

/** Called by vitest once before all files; the workers inherit the addresses by environment. */
export async function setup(_project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers(testDatabases(process.env))
  Object.assign(process.env, servers.env)
  process.stderr.write(`${servers.description}\n`)
  return () => servers.stop()
}
