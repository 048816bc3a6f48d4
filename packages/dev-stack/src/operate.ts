import { runServiceFile } from './stack/run-service-file.ts'

/** Commands of operators, by the name of their root script. */
const commands = {
  orders: ['orders', 'operator.ts'],
  keys: ['auth', 'rotate-keys.ts'],
} as const

const [wanted, ...args] = process.argv.slice(2)

if (wanted === 'orders' || wanted === 'keys') {
  const [service, file] = commands[wanted]
  process.exitCode = await runServiceFile(service, file, args)
} else {
  process.stderr.write('usage: pnpm orders [...] or pnpm keys [...]\n')
  process.exitCode = 64
}
