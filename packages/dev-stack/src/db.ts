import { runServiceFile } from './stack/run-service-file.ts'
import { serviceNames } from './stack/service-files.ts'

const services = serviceNames.filter((name) => name !== 'gateway').toSorted()
/** They work on files alone; the rest, and only if it is a command, needs a database. */
const databaseCommands = ['up', 'down', 'status', 'history', 'current', 'plan', 'repair', 'baseline']

const usage = `usage: pnpm db ${services.join('|')} <command> [options]

Migrations of a service, in the database of the running stack ("npm start"), or of DATABASE_URL or MONGO_URL.
pnpm db ${services[0]} --help lists the commands, pnpm db ${services[0]} up --help tells about one; docs/migrations.md has the walk.
`

const [wanted, ...args] = process.argv.slice(2)
const service = services.find((name) => name === wanted)

if (service !== undefined) {
  const needsDatabase = args.some((arg) => databaseCommands.includes(arg)) && !args.includes('--help') && !args.includes('-h')
  const env = { POLYSTORE_PROGRAM: `pnpm db ${service}` }
  process.exitCode = await runServiceFile(service, 'migrate.ts', args, { needsDatabase, env })
} else if (wanted === '--help' || wanted === '-h') {
  process.stdout.write(usage)
} else {
  const unknown = wanted === undefined ? '' : `There is no service ${wanted} with migrations.\n\n`
  process.stderr.write(`${unknown}${usage}`)
  process.exitCode = 64
}
