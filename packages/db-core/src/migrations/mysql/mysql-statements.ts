import { sqlTokens } from '../files/sql-tokens.ts'

/** Statements that can be part of a transaction: MySQL commits what is open before and after every other one. */
const transactional: ReadonlySet<string> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'replace',
  'with',
  'values',
  'set',
  'do',
  'call',
  'show',
  'explain',
  'describe',
  'desc',
])

/** True for a change of structure, and for all else that ends a transaction by itself. */
export function endsTransaction(statement: string): boolean {
  const [first = '', second] = wordsOf(statement)
  if (first === 'load') return second !== 'data' && second !== 'xml'
  return !transactional.has(first)
}

/** What would part a statement from its record, or do a part of its work and fail: none of it would be noticed. */
const refused: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:xa|(?:un)?lock tables?|use|set (?:session |local )?autocommit)\b/,
    'the file changes the session that keeps the record of it. Leave that out.',
  ],
  [/^create temporary\b/, 'a temporary table is gone when a run is continued by another. Make an ordinary one, and drop it at the end.'],
  [/^drop (?:table|view)\b.*,/, 'MariaDB may drop some of several and fail. Drop one in each statement.'],
]

/** See SqlMigrationDialect.refuse. */
export function whyRefused(statement: string): string | undefined {
  const text = sqlTokens(statement, 'mysql')
    .map((token) => (token.kind === 'word' ? token.text.toLowerCase() : token.kind === 'symbol' ? token.text : 'x'))
    .join(' ')
  return refused.find(([pattern]) => pattern.test(text))?.[1]
}

/** The words of a statement in lower case, with `name` for a quoted one; what is in executed comments counts. */
export function wordsOf(statement: string): string[] {
  return sqlTokens(statement, 'mysql').flatMap(({ kind, text }) => {
    if (kind === 'word') return [text.toLowerCase()]
    return kind === 'name' ? ['name'] : []
  })
}
