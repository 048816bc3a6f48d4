import { runServiceFile } from './stack/run-service-file.ts'
import { serviceNames } from './stack/service-files.ts'

const [wanted, ...args] = process.argv.slice(2)
const service = serviceNames.find((name) => name === wanted && name !== 'gateway')

if (service === undefined || args.length === 0) {
  process.stderr.write('usage: pnpm db auth|orders|products up|down|status [...]\n')
  process.exitCode = 64
} else {
  process.exitCode = await runServiceFile(service, 'migrate.ts', args)
}
