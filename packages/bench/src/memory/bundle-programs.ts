import { bundleOptions } from '@polystore/infra/bundle-options'
import { build } from 'esbuild'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const programs = ['fastify-postgres', 'fastify-drivers', 'db-core-sql', 'db-core-both'] as const

export type Program = (typeof programs)[number]

/** The bundled file of each program. */
export type Bundles = ReadonlyMap<Program, URL>

/** Each by itself, so that none carries what only another needs. */
export async function bundlePrograms(cleanUp: AsyncDisposableStack): Promise<Bundles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-bench-'))
  cleanUp.defer(async () => rm(folder, { recursive: true, force: true }))
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n')
  const bundle = async (program: string) => {
    const entryPoint = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url))
    await build({ ...bundleOptions, entryPoints: [entryPoint], outdir: path.join(folder, program) })
    return pathToFileURL(path.join(folder, program, `${program}.js`))
  }
  return new Map(await Promise.all(programs.map(async (program) => [program, await bundle(program)] as const)))
}
