import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort, launchService, runOnceIfThere, serviceFile, type ServiceName } from '@polystore/dev-stack'

export interface TestService {
  readonly url: string
  readonly pid: number
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
  /** As a fault would. */
  kill(signal: NodeJS.Signals): void
}

/** Migrates and starts another service of this repository as a process of its own, for tests that need a real neighbour. */
export async function startService(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
  options: { readonly port?: number } = {},
): Promise<TestService> {
  const folder = await mkdtemp(path.join(tmpdir(), `polystore-${name}-`))
  const port = options.port ?? (await freePort(0))
  const url = `http://127.0.0.1:${port}`
  const environment = { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env, PORT: String(port) }
  const migration = { title: `migrations of ${name}`, file: serviceFile(name, 'migrate.ts'), args: ['up'], env: environment }
  await runOnceIfThere({ ...migration, stopping: AbortSignal.timeout(60_000) })
  const launched = await launchService(
    { name, file: serviceFile(name, 'server.ts'), env: environment, readyUrl: `${url}/readyz`, logFile: path.join(folder, 'log') },
    AbortSignal.timeout(60_000),
  )
  return {
    url,
    pid: launched.pid,
    kill: (signal) => launched.kill(signal),
    stop: async () => {
      await launched.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
