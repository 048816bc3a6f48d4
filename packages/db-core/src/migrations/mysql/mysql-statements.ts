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

/** The bare words and names of a statement, words in lower case; what is in executed comments counts. */
export function wordsOf(statement: string): string[] {
  return sqlTokens(statement, 'mysql').flatMap(({ kind, text }) => {
    if (kind === 'word') return [text.toLowerCase()]
    return kind === 'name' ? [text.slice(1, -1).replaceAll('``', '`')] : []
  })
}
