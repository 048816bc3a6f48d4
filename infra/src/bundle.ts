import { cp, mkdir, realpath, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions } from './bundle-options.ts'

const root = join(import.meta.dirname, '..', '..')
const services = ['auth', 'orders', 'products', 'gateway']
/** Files with side effects: each becomes a program of its own in the image. */
const programs = ['server', 'migrate', 'seed', 'operator', 'events-operator']

for (const service of services) await bundleService(service)

async function bundleService(service: string): Promise<void> {
  const source = join(root, 'apps', service)
  const target = join(root, 'dist', service)
  const entryPoints = programs.map((program) => join(source, 'src', `${program}.ts`)).filter((path) => existsSync(path))
  await mkdir(join(target, 'app'), { recursive: true })
  await build({
    entryPoints,
    outdir: join(target, 'app'),
    ...bundleOptions,
  })
  await writeFile(join(target, 'package.json'), '{ "type": "module" }\n')
  // The programs look for their migrations beside their folder, as the sources do.
  const migrations = join(source, 'migrations')
  if (existsSync(migrations)) await cp(migrations, join(target, 'migrations'), { recursive: true })
  // argon2 is native: it looks for its binaries beside the file that asks.
  const argon2 = join(source, 'node_modules', 'argon2')
  if (existsSync(argon2)) await cp(join(await realpath(argon2), 'prebuilds'), join(target, 'app', 'prebuilds'), { recursive: true })
}
