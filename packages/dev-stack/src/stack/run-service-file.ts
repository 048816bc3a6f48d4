import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { nodeEnvironment } from './node-environment.ts'
import { findRunningStack } from './running-file.ts'
import { serviceFile } from './service-files.ts'
import type { ServiceName } from './stack-ports.ts'

export interface RunServiceFileOptions {
  /** False for what works without a stack and without a URL. */
  readonly needsDatabase?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a file of a service in the environment of the running stack, unless the environment names a database; returns the exit code. */
export async function runServiceFile(
  service: ServiceName,
  file: Parameters<typeof serviceFile>[1],
  args: readonly string[],
  { needsDatabase = true, env = {} }: RunServiceFileOptions = {},
): Promise<number> {
  const given = process.env.DATABASE_URL ?? process.env.MONGO_URL
  const running = given === undefined ? await findRunningStack() : undefined
  if (needsDatabase && given === undefined && !running) {
    process.stderr.write('set DATABASE_URL or MONGO_URL, or run "npm start" first\n')
    return 64
  }
  const environment = nodeEnvironment({ ...process.env, ...running?.environments[service], ...env })
  const child = spawn(process.execPath, [serviceFile(service, file), ...args], { env: environment, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
