import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { findRunningStack } from './stack/running-file.ts'
import { serviceFile, serviceNames } from './stack/service-files.ts'

const usage = 'usage: pnpm db <service> up|down|status [...]'

process.exitCode = await runMigrations(process.argv.slice(2))

/** Runs a service's own migration file, against the running stack unless the environment names a database. */
async function runMigrations([wanted, ...args]: string[]): Promise<number> {
  const service = serviceNames.find((name) => name === wanted)
  if (service === undefined || args.length === 0) return fail(usage)
  const file = serviceFile(service, 'migrate.ts')
  if (!existsSync(file)) return fail(`${service} has no database`)
  const given = process.env.DATABASE_URL ?? process.env.MONGO_URL
  const running = given === undefined ? await findRunningStack() : undefined
  if (given === undefined && !running) return fail('set DATABASE_URL or MONGO_URL, or run "npm start" first')
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...running?.environments[service] }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

function fail(reason: string): number {
  process.stderr.write(`${reason}\n`)
  return 64
}
