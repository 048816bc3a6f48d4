import type { Constraint } from './schema-change.ts'
import type { TokenCursor } from './token-cursor.ts'

/** Reads a constraint of a table up to the end of the cursor; undefined, and nothing is taken, where a column comes. */
export function readConstraint(cursor: TokenCursor): Constraint | undefined {
  const named = cursor.take('constraint')
  if (named) cursor.take('if', 'not', 'exists')
  const name = named && !beginsConstraint(cursor) ? cursor.name() : undefined
  if (!beginsConstraint(cursor)) return undefined
  const notValid = cursor.has('not', 'valid') || cursor.has('not', 'enforced')
  return { ...noConstraint, ...readKind(cursor), name, notValid }
}

const noConstraint = { usingIndex: false, columns: [], notNullColumn: undefined, references: undefined }

function beginsConstraint(cursor: TokenCursor): boolean {
  const [word, next] = [cursor.word(), cursor.word(1)]
  if (word === 'exclude') return next === 'using' || next === '('
  if (word === 'not') return next === 'null'
  return word === 'foreign' || word === 'check' || word === 'unique' || word === 'primary'
}

function readKind(cursor: TokenCursor): Pick<Constraint, 'kind'> & Partial<Constraint> {
  if (cursor.take('not', 'null')) return { kind: 'not-null', notNullColumn: cursor.name() }
  if (cursor.take('check')) return { kind: 'check', notNullColumn: notNullColumn(cursor.brackets()) }
  if (cursor.take('exclude')) return { kind: 'exclusion' }
  if (cursor.take('foreign', 'key')) {
    cursor.take('if', 'not', 'exists')
    if (cursor.word() !== '(') cursor.name()
    const columns = columnNames(cursor)
    return { kind: 'foreign-key', columns, references: cursor.take('references') ? cursor.name() : undefined }
  }
  const kind = cursor.take('primary', 'key') ? 'primary-key' : 'unique'
  cursor.take('unique')
  if (cursor.has('using', 'index')) return { kind, usingIndex: true }
  while (!cursor.isAtEnd && cursor.word() !== '(') cursor.next()
  return { kind, columns: columnNames(cursor) }
}

function columnNames(cursor: TokenCursor): string[] {
  return insideBrackets(cursor).flatMap((part) => part.name() ?? [])
}

/** What stands in the brackets that come next, split at commas. */
export function insideBrackets(cursor: TokenCursor): TokenCursor[] {
  return cursor.brackets()?.parts() ?? []
}

/** The column of `column IS NOT NULL`, however many brackets are around it. */
function notNullColumn(expression: TokenCursor | undefined): string | undefined {
  const inner = expression?.word() === '(' ? expression.brackets() : undefined
  if (inner !== undefined && expression?.isAtEnd === true) return notNullColumn(inner)
  const column = expression?.name()
  return expression?.take('is', 'not', 'null') === true && expression.isAtEnd ? column : undefined
}
