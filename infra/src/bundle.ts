import { cp, mkdir, realpath, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..', '..')
const services = ['auth', 'orders', 'products', 'gateway']
/** Files with side effects: each becomes a program of its own in the image. */
const programs = ['server', 'migrate', 'seed', 'operator']

/** Loaded by drivers only when they are installed; none of them is. */
const optional = [
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  'aws4',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'pg-native',
  'snappy',
  'socks',
]

/** CommonJS packages inside an ES module still ask for these three. */
const commonJs = [
  "import { createRequire as __createRequire } from 'node:module'",
  'const require = __createRequire(import.meta.url)',
  'const __filename = import.meta.filename',
  'const __dirname = import.meta.dirname',
].join('\n')

for (const service of services) await bundleService(service)

async function bundleService(service: string): Promise<void> {
  const source = join(root, 'apps', service)
  const target = join(root, 'dist', service)
  const entryPoints = programs.map((program) => join(source, 'src', `${program}.ts`)).filter((path) => existsSync(path))
  await mkdir(join(target, 'app'), { recursive: true })
  await build({
    entryPoints,
    outdir: join(target, 'app'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: optional,
    banner: { js: commonJs },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  })
  await writeFile(join(target, 'package.json'), '{ "type": "module" }\n')
  // The programs look for their migrations beside their folder, as the sources do.
  const migrations = join(source, 'migrations')
  if (existsSync(migrations)) await cp(migrations, join(target, 'migrations'), { recursive: true })
  // argon2 is native: it looks for its binaries beside the file that asks.
  const argon2 = join(source, 'node_modules', 'argon2')
  if (existsSync(argon2)) await cp(join(await realpath(argon2), 'prebuilds'), join(target, 'app', 'prebuilds'), { recursive: true })
}
