import type { SqlToken } from '../files/sql-tokens.ts'
import { bareName, joinTokens, meaningfulTokens } from './sqlite-text.ts'

/** What of a table SQLite tells by the text of its definition alone, and by none of its pragmas. */
export interface TableText {
  /** By column, in lower case. */
  readonly collations: ReadonlyMap<string, string>
  /** By column, in lower case. */
  readonly generated: ReadonlyMap<string, string>
  readonly checks: readonly { readonly name: string | undefined; readonly expression: string }[]
  /** Columns of foreign keys that are checked at the commit, joined by a comma, in lower case. */
  readonly deferred: ReadonlySet<string>
  /** `unique (a) on conflict replace`. */
  readonly conflicts: readonly string[]
  readonly autoincrement: boolean
}

/** One token outside brackets, or all that stands between two of them. */
interface Item {
  /** A bare word in lower case; empty for all else. */
  readonly word: string
  readonly text: string
}

interface Builder {
  readonly collations: Map<string, string>
  readonly generated: Map<string, string>
  readonly checks: { name: string | undefined; expression: string }[]
  readonly deferred: Set<string>
  readonly conflicts: string[]
  autoincrement: boolean
}

/** Reads a `CREATE TABLE` that SQLite has accepted. */
export function parseTableText(sql: string): TableText {
  const found: Builder = {
    collations: new Map(),
    generated: new Map(),
    checks: [],
    deferred: new Set(),
    conflicts: [],
    autoincrement: false,
  }
  for (const definition of definitionsOf(meaningfulTokens(sql))) readDefinition(itemsOf(definition), found)
  return found
}

/** The parts of the first brackets, which commas divide. */
function definitionsOf(tokens: readonly SqlToken[]): SqlToken[][] {
  const definitions: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.text === ')' && --depth === 0) break
    if (depth === 1 && token.text === ',') definitions.push([])
    else if (depth > 0) definitions.at(-1)?.push(token)
    if (token.text === '(') depth++
  }
  return definitions
}

function itemsOf(tokens: readonly SqlToken[]): Item[] {
  const items: Item[] = []
  let group: SqlToken[] = []
  let depth = 0
  for (const token of tokens) {
    if (token.text === ')' && --depth === 0) {
      items.push({ word: '', text: joinTokens(group) })
      group = []
    } else if (depth > 0) group.push(token)
    else if (token.text !== '(') items.push({ word: token.kind === 'word' ? token.text.toLowerCase() : '', text: token.text })
    if (token.text === '(') depth++
  }
  return items
}

const tableConstraints: ReadonlySet<string> = new Set(['constraint', 'primary', 'unique', 'check', 'foreign'])

function readDefinition(items: readonly Item[], found: Builder): void {
  const [first] = items
  if (first === undefined) return
  const column = tableConstraints.has(first.word) ? undefined : bareName(first.text).toLowerCase()
  let name: string | undefined
  let subject = ''
  // The name of a column may look like a keyword.
  for (let index = column === undefined ? 0 : 1; index < items.length; index++) {
    const next = items[index + 1]?.text ?? ''
    const word = items[index]?.word ?? ''
    if (word === 'constraint') name = bareName(next)
    else if (subjects.has(word)) subject = subjectText(items, index, column)
    if (word === 'check') found.checks.push({ name, expression: next })
    else if (word === 'collate' && column !== undefined) found.collations.set(column, bareName(next).toLowerCase())
    else if (word === 'as' && column !== undefined) found.generated.set(column, next)
    else if (word === 'autoincrement') found.autoincrement = true
    else if (word === 'conflict') found.conflicts.push(`${subject} on conflict ${next.toLowerCase()}`)
    else if (isDeferred(items, index)) found.deferred.add(column ?? keyOf(items))
    if (word === 'check' || subjects.has(word)) name = undefined
  }
}

const subjects: ReadonlySet<string> = new Set(['primary', 'unique', 'not'])

/** `unique (a, b)`, whether said of a column or of the table. */
function subjectText(items: readonly Item[], index: number, column: string | undefined): string {
  const words = items[index]?.word === 'unique' ? 1 : 2
  const what = items.slice(index, index + words).map(({ word }) => word)
  return `${what.join(' ')} (${column ?? items[index + words]?.text.toLowerCase() ?? ''})`
}

function isDeferred(items: readonly Item[], index: number): boolean {
  const words = items.slice(index, index + 3).map(({ word }) => word)
  return words.join(' ') === 'deferrable initially deferred' && items[index - 1]?.word !== 'not'
}

/** The columns behind FOREIGN KEY. */
function keyOf(items: readonly Item[]): string {
  const list = items[items.findIndex(({ word }) => word === 'foreign') + 2]?.text ?? ''
  return list
    .split(',')
    .map((column) => bareName(column.trim()).toLowerCase())
    .join(',')
}
