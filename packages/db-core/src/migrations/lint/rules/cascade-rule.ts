import type { SchemaChange } from '../changes/schema-change.ts'
import type { Rule } from '../lint-rule.ts'
import type { MadeByFile } from '../made-by-file.ts'

export const cascadeRule: Rule = {
  name: 'cascade',
  dialects: ['postgres'],
  excuse: 'allow',
  danger: 'whatever depends on it goes too, views and foreign keys that nobody here has named, also those of others.',
  instead: 'Leave CASCADE out and drop by name what depends on it; the server lists it.',
  find(change, { made, undoes }) {
    const object = cascadingFrom(change)
    if (object === undefined || isMade(change, object, made) || (undoes !== undefined && isMade(change, object, undoes.made))) return []
    return [{ subject: `CASCADE from ${object}`, object }]
  },
}

function cascadingFrom(change: SchemaChange): string | undefined {
  if (!('cascade' in change) || !change.cascade) return undefined
  switch (change.kind) {
    case 'drop-column':
      return `${change.table}.${change.column}`
    case 'drop-constraint':
    case 'drop-table':
    case 'drop-view':
    case 'drop-schema':
    case 'drop-other':
      return change.name
    case 'drop-index':
      return change.index
    case 'truncate':
      return change.table
  }
}

function isMade(change: SchemaChange, object: string, made: MadeByFile): boolean {
  if ('table' in change && made.tables.has(change.table)) return true
  return made.tables.has(object) || made.columns.has(object) || made.views.has(object) || made.others.has(object)
}
