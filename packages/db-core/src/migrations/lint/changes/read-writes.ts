import type { SchemaChange } from './schema-change.ts'
import { TokenCursor } from './token-cursor.ts'

/** Statements that write rows, also those inside WITH. */
export function readWrites(cursor: TokenCursor): SchemaChange[] {
  if (cursor.take('truncate')) return readTruncate(cursor)
  if (cursor.take('copy')) return readCopy(cursor)
  if (cursor.word() === 'with') return readWith(cursor)
  const write = readWrite(cursor)
  return write === undefined ? [] : [write]
}

/** COPY … TO only reads. */
function readCopy(cursor: TokenCursor): SchemaChange[] {
  if (!cursor.has('from')) return []
  return [{ kind: 'write', verb: 'insert', table: cursor.nameHere(), bounded: true, fromQuery: true }]
}

function readTruncate(cursor: TokenCursor): SchemaChange[] {
  cursor.take('table')
  const cascade = cursor.ends('cascade')
  return cursor.parts().map((part) => {
    part.take('only')
    return { kind: 'truncate', table: part.nameHere(), cascade }
  })
}

/** Each query of WITH stands in brackets; the last one follows them, and FOR UPDATE or DO UPDATE in it is no statement. */
function readWith(cursor: TokenCursor): SchemaChange[] {
  const writes: SchemaChange[] = []
  while (!cursor.isAtEnd) {
    const inner = cursor.brackets()
    if (inner !== undefined) writes.push(...readWrites(inner))
    else if (cursor.word() === 'select') return writes
    else {
      const write = readWrite(cursor)
      if (write !== undefined) return [...writes, write]
      cursor.next()
    }
  }
  return writes
}

type Write = Extract<SchemaChange, { kind: 'write' }>

function readWrite(cursor: TokenCursor): Write | undefined {
  const verb = takeVerb(cursor)
  if (verb === undefined) return undefined
  skipModifiers(cursor)
  const table = cursor.nameHere()
  const fromQuery = cursor.has('select') || cursor.has('with') || cursor.has('table') || hasBracketedQuery(cursor)
  const bounded = verb === 'insert' || verb === 'merge' || isBounded(cursor)
  return { kind: 'write', verb, table, bounded, fromQuery: verb !== 'insert' || fromQuery }
}

function takeVerb(cursor: TokenCursor): Write['verb'] | undefined {
  const word = cursor.takeAny('insert', 'replace', 'update', 'delete', 'merge')
  return word === 'replace' ? 'insert' : word
}

/** LOW_PRIORITY and IGNORE of MySQL, OR REPLACE of SQLite, ONLY of PostgreSQL. */
function skipModifiers(cursor: TokenCursor): void {
  if (cursor.take('or')) cursor.next()
  while (cursor.takeAny('low_priority', 'high_priority', 'delayed', 'quick', 'ignore', 'into', 'from', 'only') !== undefined);
}

function hasBracketedQuery(cursor: TokenCursor): boolean {
  return cursor.rest().some(({ text }, index, tokens) => text === '(' && tokens[index + 1]?.text.toLowerCase() === 'select')
}

/** A condition that every row meets is none. */
function isBounded(cursor: TokenCursor): boolean {
  if (cursor.dialect === 'mysql' && cursor.has('limit')) return true
  if (!cursor.has('where')) return false
  const copy = new TokenCursor(cursor.rest(), cursor.dialect)
  while (!copy.isAtEnd && !copy.take('where')) if (copy.brackets() === undefined) copy.next()
  const condition = copy
    .rest()
    .map(({ text }) => text.toLowerCase())
    .join('')
  return !/^(?:true|1|1=1|notfalse)(?:;|returning|$)/.test(condition)
}
