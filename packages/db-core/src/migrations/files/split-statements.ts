import { MigrationError } from '../store/migration-error.ts'
import { sqlTokens, type SqlDialect, type SqlToken } from './sql-tokens.ts'
import { StatementEnd } from './statement-end.ts'

export interface Statement {
  /** As it is written, without the semicolon and without the comments before it. */
  readonly text: string
  /** Where it begins, counted from 1. */
  readonly line: number
  /** The comments between the statement before and this one, without their marks: `repeat` of `-- repeat`. */
  readonly comments: readonly string[]
}

/** Splits SQL into the statements that a server would see; quotes, comments and bodies of routines stay whole. @throws MigrationError */
export function splitStatements(sql: string, dialect: SqlDialect): Statement[] {
  const statements: Statement[] = []
  let [tokens, comments]: [SqlToken[], string[]] = [[], []]
  let lineOfEnd = 0
  let end = new StatementEnd(dialect)
  const finish = (): void => {
    const [first, last] = [tokens[0], tokens.at(-1)]
    if (first !== undefined && last !== undefined)
      statements.push({ text: sql.slice(first.start, last.start + last.text.length), line: first.line, comments })
    if (first !== undefined) comments = []
    tokens = []
    end = new StatementEnd(dialect)
  }
  for (const token of sqlTokens(sql, dialect)) {
    const ends = isBreakpoint(token) || end.isAt(token)
    if (ends) {
      finish()
      lineOfEnd = token.line
    } else if (token.kind !== 'comment') tokens.push(token)
    else if (tokens.length === 0 && token.line !== lineOfEnd) comments.push(commentText(token.text))
    if (dialect === 'mysql' && tokens.length === 1) refuseDelimiter(token)
  }
  finish()
  return statements
}

/** One statement without comments and with single blanks outside quotes, so that a change of layout is none. */
export function normalisedStatement(text: string, dialect: SqlDialect): string {
  let normalised = ''
  let end = 0
  for (const token of sqlTokens(text, dialect)) {
    if (token.kind === 'comment') continue
    normalised += normalised !== '' && token.start > end ? ` ${token.text}` : token.text
    end = token.start + token.text.length
  }
  return normalised
}

/** What a comment says, without its marks. */
export function commentText(comment: string): string {
  if (comment.startsWith('/*')) return comment.slice(2, -2).trim()
  return comment.slice(comment.startsWith('#') ? 1 : 2).trim()
}

function isBreakpoint({ kind, text }: SqlToken): boolean {
  return kind === 'comment' && text.startsWith('--> statement-breakpoint')
}

function refuseDelimiter({ kind, text, line }: SqlToken): void {
  if (kind !== 'word' || text.toLowerCase() !== 'delimiter') return
  throw new MigrationError(
    `Line ${line}: DELIMITER is a command of the mysql client and not SQL; leave it out and end each routine by END and a semicolon.`,
  )
}
