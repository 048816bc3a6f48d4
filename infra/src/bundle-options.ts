import type { BuildOptions } from 'esbuild'

/** Loaded only when they are installed, by drivers and by `generate` of migrations; none of them is in an image. */
const optional = [
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  'aws4',
  'drizzle-kit',
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

/** How programs of this repository become one file each, with what they share beside them. */
export const bundleOptions = {
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
} as const satisfies BuildOptions
