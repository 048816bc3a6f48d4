import { MigrationError } from '../store/migration-error.ts'

export type SqlDialect = 'postgres' | 'mysql' | 'sqlite'

/** `word`: a keyword or a bare name; `name`: a quoted one; `symbol`: one character, or the brackets of MySQL's executed comments. */
export type SqlTokenKind = 'word' | 'name' | 'string' | 'number' | 'symbol' | 'comment'

export interface SqlToken {
  readonly kind: SqlTokenKind
  /** As it is written, quotes included. */
  readonly text: string
  /** Where it begins in the text. */
  readonly start: number
  /** Counted from 1. */
  readonly line: number
}

type TokenRule = readonly [kind: SqlTokenKind | 'blank', pattern: RegExp]

/** What `--> statement-breakpoint` of drizzle-kit looks like; it ends a statement in every dialect. */
const breakpoint: TokenRule = ['comment', /--> statement-breakpoint[^\r\n]*/y]
const blank: TokenRule = ['blank', /[ \t\n\r\f\v]+/y]
const flatComment: TokenRule = ['comment', /\/\*[^]*?\*\//y]
const plainString: TokenRule = ['string', /'[^']*(?:''[^']*)*'/y]
const doubleQuotedName: TokenRule = ['name', /"[^"]*(?:""[^"]*)*"/y]
const backtickName: TokenRule = ['name', /`[^`]*(?:``[^`]*)*`/y]
const number: TokenRule = ['number', /(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y]
const word: TokenRule = ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y]
const symbol: TokenRule = ['symbol', /[^]/y]

/** The first rule that fits takes the token. */
const rules: Readonly<Record<SqlDialect, readonly TokenRule[]>> = {
  postgres: [
    breakpoint,
    blank,
    ['comment', /--[^\r\n]*/y],
    // A string that is continued on the next line keeps the rules of its first part, so the parts are one token.
    ['string', /[eE]'[^'\\]*(?:(?:\\[^]|''|'[ \t\f\v]*(?:--[^\r\n]*)?[\r\n](?:[ \t\n\r\f\v]|--[^\r\n]*[\r\n])*')[^'\\]*)*'/y],
    plainString,
    doubleQuotedName,
    number,
    word,
    symbol,
  ],
  mysql: [
    breakpoint,
    blank,
    ['comment', /#[^\n]*/y],
    ['comment', /--(?![^\0- ])[^\n]*/y],
    ['symbol', /\/\*M?!\d*/y],
    ['symbol', /\*\//y],
    flatComment,
    ['string', /'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'/y],
    ['string', /"[^"\\]*(?:(?:\\[^]|"")[^"\\]*)*"/y],
    backtickName,
    ['word', /[\d_$]*[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y],
    number,
    symbol,
  ],
  sqlite: [
    breakpoint,
    blank,
    ['comment', /--[^\n]*/y],
    flatComment,
    plainString,
    doubleQuotedName,
    backtickName,
    ['name', /\[[^\]]*\]/y],
    number,
    word,
    symbol,
  ],
}

/** Reads SQL as its server does, up to meaning: what is a string, a name, a comment. @throws MigrationError for an unclosed quote */
export function sqlTokens(sql: string, dialect: SqlDialect): SqlToken[] {
  const tokens: SqlToken[] = []
  let line = 1
  for (let start = sql.startsWith('\uFEFF') ? 1 : 0; start < sql.length;) {
    const [kind, text] = tokenAt(sql, start, dialect)
    if (kind === 'symbol' && isUnclosed(text, sql, start, dialect))
      throw new MigrationError(`Line ${line}: the ${text === '/' ? 'comment' : 'quote'} that begins here is not closed.`)
    if (kind !== 'blank') tokens.push({ kind, text, start, line })
    line += text.split('\n').length - 1
    start += text.length
  }
  return tokens
}

function tokenAt(sql: string, start: number, dialect: SqlDialect): [kind: SqlTokenKind | 'blank', text: string] {
  const special = dialect === 'postgres' ? (nestedComment(sql, start) ?? dollarQuoted(sql, start)) : undefined
  if (special !== undefined) return special
  for (const [kind, pattern] of rules[dialect]) {
    pattern.lastIndex = start
    const [text] = pattern.exec(sql) ?? []
    if (text !== undefined) return [kind, text]
  }
  return ['symbol', sql.charAt(start)]
}

const commentEdge = /\/\*|\*\//g

function nestedComment(sql: string, start: number): ['comment', string] | undefined {
  if (!sql.startsWith('/*', start)) return undefined
  let depth = 0
  commentEdge.lastIndex = start
  for (let edge = commentEdge.exec(sql); edge !== null; edge = commentEdge.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return ['comment', sql.slice(start, commentEdge.lastIndex)]
  }
  return undefined
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

function dollarQuoted(sql: string, start: number): ['string', string] | undefined {
  dollarTag.lastIndex = start
  const [tag] = dollarTag.exec(sql) ?? []
  if (tag === undefined) return undefined
  const end = sql.indexOf(tag, start + tag.length)
  return end === -1 ? undefined : ['string', sql.slice(start, end + tag.length)]
}

/** A quote that no rule took as a whole has no end. */
function isUnclosed(text: string, sql: string, start: number, dialect: SqlDialect): boolean {
  if (text === '/') return sql.charAt(start + 1) === '*'
  if (text === '$' && dialect === 'postgres') {
    dollarTag.lastIndex = start
    return dollarTag.test(sql)
  }
  return text === "'" || text === '"' || (dialect !== 'postgres' && text === '`') || (dialect === 'sqlite' && text === '[')
}
