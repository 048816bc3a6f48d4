import { layersOf } from './layer-of.ts'
import { fileRules, importRules, type RuleName } from './layer-rules.ts'
import type { SourceFile } from './source-files.ts'

export interface LayerBreak {
  file: string
  line: number
  rule: RuleName
  message: string
}

/** Every break of the layer rules, in the order of the files. A check that sees no service is an error: it would pass blind. */
export function checkLayers(sources: readonly SourceFile[]): LayerBreak[] {
  const layer = layersOf(sources)
  if (!sources.some(({ path }) => layer(path) !== 'outside')) throw new Error('the layer check found no source of a service')
  return sources.flatMap((source) => [
    ...source.imports.flatMap((imported) =>
      importRules
        .filter((rule) => rule.breaks({ source, imported, layer }))
        .map(({ name, reason }) => ({ file: source.path, line: imported.line, rule: name, message: `${imported.specifier}: ${reason}` })),
    ),
    ...fileRules.flatMap(({ name, reason, breaks }) =>
      source.lines.flatMap((text, index) =>
        breaks(source, text) ? [{ file: source.path, line: index + 1, rule: name, message: reason }] : [],
      ),
    ),
  ])
}
