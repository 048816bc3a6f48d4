import { wordOf, type TokenCursor } from './token-cursor.ts'
import type { Column } from './schema-change.ts'
import { isVolatile } from './volatile-default.ts'

type Draft = { -readonly [Key in keyof Column]: Column[Key] }

/** Reads `name type …` up to the end of the cursor; undefined where no name is. */
export function readColumn(cursor: TokenCursor): Column | undefined {
  const name = cursor.name()
  if (name === undefined) return undefined
  const type = readType(cursor)
  const draft: Draft = {
    name,
    type,
    notNull: false,
    default: undefined,
    generated: /^(?:small|big)?serial[248]?$/.test(type) ? 'counted' : undefined,
    primaryKey: false,
    unique: false,
    check: false,
    references: undefined,
  }
  while (!cursor.isAtEnd) readAttribute(cursor, draft)
  return { ...draft, notNull: draft.notNull || draft.primaryKey }
}

/** Words that end the type and begin an attribute. */
const attributes = new Set(
  'constraint not null default primary unique references check generated collate auto_increment autoincrement comment as key on after first storage compression deferrable initially visible invisible virtual stored persistent using'.split(
    ' ',
  ),
)

/** Takes a type and writes it in one way. */
export function readType(cursor: TokenCursor): string {
  let type = ''
  while (!cursor.isAtEnd && !attributes.has(cursor.word())) {
    const token = cursor.next()
    const text = token?.kind === 'word' ? token.text.toLowerCase() : (token?.text ?? '')
    const joins = /[\w"'`]$/.test(type) && /^[\w"'`]/.test(text)
    type += joins ? ` ${text}` : text
  }
  return type
}

/** Part of the type, for another one orders the rows anew. */
export function readCollation(cursor: TokenCursor): string {
  return cursor.take('collate') ? ` collate ${cursor.nameHere()}` : ''
}

function readAttribute(cursor: TokenCursor, draft: Draft): void {
  if (cursor.take('constraint')) cursor.name()
  else if (cursor.word() === 'collate') draft.type += readCollation(cursor)
  else if (cursor.take('not', 'null')) draft.notNull = true
  else if (cursor.take('generated')) cursor.take('by', 'default')
  else if (cursor.take('default')) draft.default = readDefault(cursor)
  else if (cursor.take('primary', 'key')) draft.primaryKey = true
  else if (cursor.take('unique')) draft.unique = true
  else if (cursor.take('key')) draft.primaryKey ||= !draft.unique
  else if (cursor.take('check')) draft.check = cursor.brackets() !== undefined
  else if (cursor.take('references')) draft.references = cursor.name()
  else if (cursor.takeAny('auto_increment', 'autoincrement') !== undefined) draft.generated = 'counted'
  else if (cursor.take('as')) draft.generated = readGenerated(cursor)
  else if (cursor.take('on', 'delete') || cursor.take('on', 'update')) readReferentialAction(cursor)
  else if (cursor.brackets() === undefined) cursor.next()
}

/** `DEFAULT NULL` is as good as none. */
function readDefault(cursor: TokenCursor): Column['default'] {
  const tokens = []
  let depth = 0
  do {
    const token = cursor.next()
    const word = wordOf(token)
    depth += Number(word === '(') - Number(word === ')')
    if (token !== undefined) tokens.push(token)
  } while (!cursor.isAtEnd && (depth > 0 || !attributes.has(cursor.word())))
  if (tokens.length === 1 && wordOf(tokens[0]) === 'null') return undefined
  return isVolatile(tokens) ? 'volatile' : 'constant'
}

function readGenerated(cursor: TokenCursor): Column['generated'] {
  if (cursor.take('identity')) return 'counted'
  if (cursor.brackets() === undefined) return undefined
  return cursor.takeAny('stored', 'persistent') === undefined ? 'virtual' : 'stored'
}

/** SET NULL and SET DEFAULT are no attributes of the column. */
function readReferentialAction(cursor: TokenCursor): void {
  if (cursor.take('set')) cursor.next()
  else if (cursor.take('no')) cursor.take('action')
}
