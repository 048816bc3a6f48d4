import type { SourceFile } from './source-files.ts'

/** From the top down; `outside` is what is no part of a service. */
export type Layer = 'entry' | 'app' | 'routes' | 'use-case' | 'repository' | 'pure' | 'helper' | 'outside'

/** Files with side effects: a process each. */
export const entryFile = /^apps\/[^/]+\/src\/(?:server|migrate|seed|operator|events-operator|rotate-keys)\.ts$/u
const pureFile = /-(?:schemas|table|collection)\.ts$/u
const lowerFile = /-(?:repository|client)\.ts$/u

/** Tells the layer of every file of the services by its name and by what it uses. */
export function layersOf(sources: readonly SourceFile[]): (file: string) => Layer {
  const known = new Map(sources.map((source) => [source.path, source]))
  return (file) => {
    const source = known.get(file)
    return source?.path.startsWith('apps/') ? layerOf(source, known) : 'outside'
  }
}

function layerOf(source: SourceFile, known: ReadonlyMap<string, SourceFile>): Layer {
  const name = source.path.slice(source.path.lastIndexOf('/') + 1)
  if (entryFile.test(source.path)) return 'entry'
  if (name === 'app.ts') return 'app'
  if (name.endsWith('-routes.ts')) return 'routes'
  if (lowerFile.test(name)) return 'repository'
  if (pureFile.test(name) || isEntity(source.path, known)) return 'pure'
  return source.imports.some(({ target }) => target !== undefined && lowerFile.test(target)) ? 'use-case' : 'helper'
}

/** `order.ts` is the entity when `order-table.ts`, `order-collection.ts` or `order-repository.ts` lies beside it. */
function isEntity(path: string, known: ReadonlyMap<string, SourceFile>): boolean {
  const stem = path.slice(0, -'.ts'.length)
  return ['table', 'collection', 'repository'].some((kind) => known.has(`${stem}-${kind}.ts`))
}
