import { sqlTokens, type SqlToken } from '../files/sql-tokens.ts'

/**
 * SQL as a catalog compares it: SQLite keeps the text of each definition and edits it when something is renamed, so that quotes,
 * blanks, comments and the case of keywords differ between definitions that mean the same.
 */
export function canonicalSql(sql: string): string {
  return joinTokens(meaningfulTokens(sql))
}

/** Without comments; names lose quotes that they do not need, and keywords are in lower case. */
export function meaningfulTokens(sql: string): SqlToken[] {
  return sqlTokens(sql, 'sqlite').flatMap((token) => (token.kind === 'comment' ? [] : [{ ...token, text: canonicalToken(token) }]))
}

export function joinTokens(tokens: readonly SqlToken[]): string {
  let text = ''
  let previous: SqlToken | undefined
  for (const token of tokens) {
    text += previous !== undefined && standApart(previous, token) ? ` ${token.text}` : token.text
    previous = token
  }
  return text
}

/** A name as it stands in a catalog of SQLite's own. */
export function bareName(text: string): string {
  const [first] = text
  if (first === '[') return text.slice(1, -1)
  return first === '"' || first === '`' ? text.slice(1, -1).replaceAll(first + first, first) : text
}

function canonicalToken({ kind, text }: SqlToken): string {
  if (kind === 'word') return keywords.has(text.toLowerCase()) ? text.toLowerCase() : text
  if (kind !== 'name') return text
  const name = bareName(text)
  return /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name.toLowerCase()) ? name : `"${name.replaceAll('"', '""')}"`
}

const operators: ReadonlySet<string> = new Set(['<=', '>=', '<>', '!=', '==', '||', '<<', '>>', '->'])

function standApart(before: SqlToken, after: SqlToken): boolean {
  if (before.text === '(' || before.text === '.' || [')', ',', '.', '('].includes(after.text)) return false
  return !operators.has(before.text + after.text) || before.start + before.text.length < after.start
}

const keywords: ReadonlySet<string> = new Set(
  (
    'abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check ' +
    'collate column commit conflict constraint create cross current current_date current_time current_timestamp database default ' +
    'deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail false ' +
    'filter first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially ' +
    'inner insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull ' +
    'null nulls of offset on or order others outer over partition plan pragma preceding primary query raise range recursive ' +
    'references regexp reindex release rename replace restrict returning right rollback row rows savepoint select set stored strict ' +
    'table temp temporary then ties to transaction trigger true unbounded union unique update using vacuum values view virtual when ' +
    'where window with without'
  ).split(' '),
)
