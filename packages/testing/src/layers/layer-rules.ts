import { entryFile, type Layer } from './layer-of.ts'
import type { SourceFile, SourceImport } from './source-files.ts'

export type RuleName =
  | 'no-upward-import'
  | 'pure-stays-pure'
  | 'services-apart'
  | 'packages-below-apps'
  | 'stores-apart'
  | 'fastify-at-the-edge'
  | 'queries-in-repositories'
  | 'environment-in-config'

interface Use {
  source: SourceFile
  imported: SourceImport
  layer: (file: string) => Layer
}

interface ImportRule {
  name: RuleName
  reason: string
  breaks: (use: Use) => boolean
}

interface FileRule {
  name: RuleName
  reason: string
  breaks: (source: SourceFile, line: string) => boolean
}

const order: readonly Layer[] = ['entry', 'app', 'routes', 'use-case', 'repository']
const services = /^@polystore\/(?:gateway|auth|orders|products|tasks)(?:\/|$)/u
const mayKnowFastify = /^packages\/(?:service-kit|bench)\/|^apps\/gateway\/|^apps\/[^/]+\/src\/(?:app\.ts$|.*-(?:routes|plugin)\.ts$)/u
/** The one file of a service that knows a plugin of someone else. */
const pluginHomes: Readonly<Record<string, string>> = { '@fastify/jwt': 'apps/auth/src/tokens/access-tokens.ts' }
const mayQuery = /^packages\/|-(?:table|repository)\.ts$/u
const mayReadEnvironment = /\/(?:config|polystore-db)\.ts$|^packages\/(?:dev-stack|testing|demo|bench|chaos)\//u

export const importRules: readonly ImportRule[] = [
  {
    name: 'no-upward-import',
    reason: 'imports follow server → app → routes → use case → repository, never upward',
    breaks: ({ source, imported, layer }) => {
      const from = order.indexOf(layer(source.path))
      const to = order.indexOf(imported.target === undefined ? 'outside' : layer(imported.target))
      return to !== -1 && (from === -1 ? to <= order.indexOf('routes') && layer(source.path) !== 'outside' : to < from)
    },
  },
  {
    name: 'pure-stays-pure',
    reason: 'entities, schemas and tables import no routes, use cases, repositories or clients',
    breaks: ({ source, imported, layer }) =>
      layer(source.path) === 'pure' && imported.target !== undefined && ['use-case', 'repository'].includes(layer(imported.target)),
  },
  {
    name: 'services-apart',
    reason: 'a service never imports another service',
    breaks: ({ source, imported }) => {
      const own = serviceOf(source.path)
      if (own === undefined) return false
      const other = imported.target === undefined ? undefined : serviceOf(imported.target)
      return services.test(imported.specifier) || (other !== undefined && other !== own)
    },
  },
  {
    name: 'packages-below-apps',
    reason: 'a package never imports an app',
    breaks: ({ source, imported }) =>
      source.path.startsWith('packages/') && (services.test(imported.specifier) || imported.target?.startsWith('apps/') === true),
  },
  {
    name: 'stores-apart',
    reason: 'sql/ and mongo/ share only what is neutral',
    breaks: ({ source, imported }) =>
      isUnder(source.path, 'sql') ? isUnder(imported.target, 'mongo') : isUnder(source.path, 'mongo') && isUnder(imported.target, 'sql'),
  },
  {
    name: 'fastify-at-the-edge',
    reason: 'only service-kit, the gateway, app.ts, routes and plugins know fastify',
    breaks: ({ source, imported }) =>
      /^(?:fastify|@fastify\/.*|fastify-plugin)$/u.test(imported.specifier) &&
      !mayKnowFastify.test(source.path) &&
      pluginHomes[imported.specifier] !== source.path,
  },
  {
    name: 'queries-in-repositories',
    reason: 'only tables and repositories know drizzle',
    breaks: ({ source, imported }) => /^drizzle-orm(?:\/|$)/u.test(imported.specifier) && !mayQuery.test(source.path),
  },
]

export const fileRules: readonly FileRule[] = [
  {
    name: 'environment-in-config',
    reason: 'only config.ts and the files with side effects read the environment',
    breaks: ({ path }, line) => /\bprocess\.env\b/u.test(line) && !mayReadEnvironment.test(path) && !entryFile.test(path),
  },
]

function serviceOf(path: string): string | undefined {
  return /^apps\/([^/]+)\//u.exec(path)?.[1]
}

function isUnder(path: string | undefined, store: 'sql' | 'mongo'): boolean {
  return path?.startsWith(`packages/db-core/src/${store}/`) === true
}
