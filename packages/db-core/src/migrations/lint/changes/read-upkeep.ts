import { aloneIf } from './read-create-drop.ts'
import type { SchemaChange } from './schema-change.ts'
import type { TokenCursor } from './token-cursor.ts'

/** Statements that neither change the structure nor write rows; undefined for others. */
export function readUpkeep(cursor: TokenCursor): SchemaChange[] | undefined {
  return readTransaction(cursor) ?? readOpaque(cursor) ?? readRewrite(cursor)
}

function readTransaction(cursor: TokenCursor): SchemaChange[] | undefined {
  const [word, next] = [cursor.word(), cursor.word(1)]
  if (word === 'begin' && next === 'not') return undefined
  const words = ['begin', 'commit', 'rollback', 'end', 'abort', 'xa']
  const isMysql = cursor.dialect === 'mysql'
  const ends =
    (words.includes(word) && !(word === 'rollback' && cursor.has('to'))) ||
    ['start transaction', 'prepare transaction'].includes(`${word} ${next}`) ||
    (isMysql && (['lock', 'unlock'].includes(word) || (word === 'set' && cursor.has('autocommit'))))
  return ends ? [{ kind: 'transaction', what: `${word} ${next}`.trim().toUpperCase().replace(/ ;$/, '') }] : undefined
}

function readOpaque(cursor: TokenCursor): SchemaChange[] | undefined {
  const word = cursor.word()
  const opaque: Readonly<Record<string, readonly string[]>> = {
    postgres: ['do', 'execute', 'prepare', 'call'],
    mysql: ['do', 'execute', 'prepare', 'call', 'begin'],
    sqlite: [],
  }
  return opaque[cursor.dialect]?.includes(word) === true ? [{ kind: 'opaque', what: word.toUpperCase() }] : undefined
}

function readRewrite(cursor: TokenCursor): SchemaChange[] | undefined {
  if (cursor.dialect === 'sqlite') return cursor.take('vacuum') ? [{ kind: 'stands-alone', what: 'VACUUM' }] : undefined
  if (cursor.dialect === 'mysql') return cursor.take('optimize', 'table') ? [rewrite(cursor, 'OPTIMIZE TABLE')] : undefined
  if (cursor.take('vacuum')) return readVacuum(cursor)
  if (cursor.take('cluster')) return [rewrite(cursor, 'CLUSTER')]
  if (cursor.take('reindex')) return readReindex(cursor)
  if (!cursor.take('refresh', 'materialized', 'view')) return undefined
  return cursor.take('concurrently') ? [] : [rewrite(cursor, 'REFRESH MATERIALIZED VIEW')]
}

function rewrite(cursor: TokenCursor, how: string): SchemaChange {
  return { kind: 'rewrite-table', table: cursor.nameHere(), how }
}

function readVacuum(cursor: TokenCursor): SchemaChange[] {
  const isFull = cursor.brackets()?.has('full') === true || cursor.take('full')
  cursor.takeAny('freeze')
  cursor.takeAny('verbose')
  cursor.takeAny('analyze')
  return [...(isFull ? [rewrite(cursor, 'VACUUM FULL')] : []), { kind: 'stands-alone', what: 'VACUUM' }]
}

function readReindex(cursor: TokenCursor): SchemaChange[] {
  const isMarked = cursor.brackets()?.has('concurrently') === true
  const what = cursor.takeAny('index', 'table', 'schema', 'database', 'system') ?? ''
  const concurrently = cursor.take('concurrently') || isMarked
  const alone = concurrently || what === 'schema' || what === 'database' || what === 'system'
  return [{ kind: 'reindex', what, name: cursor.nameHere(), concurrently }, ...aloneIf(alone, 'REINDEX')]
}
