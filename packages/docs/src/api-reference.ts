import { fileURLToPath } from 'node:url'
import { Application, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'

const core = fileURLToPath(new URL('../../db-core/', import.meta.url))
const entryPoints = [
  'index',
  'sql/index',
  'sql/mysql/index',
  'sql/sqlite/index',
  'sql/connect-sql',
  'mongo/index',
  'memory/index',
  'cache/index',
  'cache/redis-level',
  'migrations/index',
  'migrations/readiness/index',
  'testing/index',
  'problem',
]

/** Writes one Markdown page for each entry point of db-core into `folder`, from its docstrings. */
export async function writeApiReference(folder: string): Promise<void> {
  const options: Partial<TypeDocOptions & PluginOptions> = {
    entryPoints: entryPoints.map((entry) => `${core}src/${entry}.ts`),
    tsconfig: `${core}tsconfig.json`,
    plugin: ['typedoc-plugin-markdown'],
    out: folder,
    readme: 'none',
    // The gate checks types, with a newer compiler.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    logLevel: 'Error',
    outputFileStrategy: 'modules',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    name: 'db-core',
  }
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (project === undefined) throw new Error('The sources of db-core cannot be read.')
  await app.generateOutputs(project)
}

if (import.meta.main) await writeApiReference(fileURLToPath(new URL('../../../docs/api', import.meta.url)))
