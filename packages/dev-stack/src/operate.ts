import { operateEvents } from './stack/operate-events.ts'
import { runServiceFile } from './stack/run-service-file.ts'

const [wanted, ...args] = process.argv.slice(2)

/** Commands of operators, by the name of their root script. */
switch (wanted) {
  case 'orders':
    process.exitCode = await runServiceFile('orders', 'operator.ts', args)
    break
  case 'keys':
    process.exitCode = await runServiceFile('auth', 'rotate-keys.ts', args)
    break
  case 'events':
    process.exitCode = await operateEvents(args)
    break
  default:
    process.stderr.write('usage: pnpm orders [...], pnpm keys [...] or pnpm events [...]\n')
    process.exitCode = 64
}
