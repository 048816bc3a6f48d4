import { sqlTokens, type SqlToken } from '../files/sql-tokens.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSession } from '../sql/migration-session.ts'

interface ConcurrentIndex {
  readonly verb: 'create' | 'drop' | 'reindex'
  /** As it is written. */
  readonly index: string | undefined
  /** As it is written. */
  readonly table: string | undefined
}

/** Drops the invalid index that an interrupted statement has left, for it costs writes, and a unique one refuses them, yet serves no query. */
export async function clearLeftovers(session: MigrationSession, statement: string): Promise<string[]> {
  const subject = readConcurrentIndex(statement)
  if (subject === undefined) return []
  const names = await findInvalid(session, subject)
  for (const name of names) await session.script(`drop index concurrently if exists ${name}`)
  return names.map((name) => `dropped the invalid index ${name} that an interrupted run had left`)
}

/** A statement about an index made only that index; undefined for other statements. */
export function concernsIndex(statement: string, object: string): boolean | undefined {
  const index = readConcurrentIndex(statement)?.index
  if (index === undefined) return undefined
  const name = index.split('.').at(-1) ?? ''
  const bare = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
  return object.startsWith('index ') && object.endsWith(`.${bare}`)
}

/** @throws MigrationError when an index was built but cannot be used */
export async function requireValidIndex(session: MigrationSession, statement: string): Promise<void> {
  const subject = readConcurrentIndex(statement)
  if (subject === undefined || subject.verb === 'drop') return
  const [name] = await findInvalid(session, subject)
  if (name !== undefined) throw new MigrationError(`The index ${name} came out invalid. Run again: it is dropped and built anew.`)
}

async function findInvalid(session: MigrationSession, subject: ConcurrentIndex): Promise<string[]> {
  const [condition, values] = conditionFor(subject)
  const rows = await session.rows(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where not i.indisvalid and c.relkind = 'i' and ${condition} order by 1`,
    values,
  )
  return rows.map((row) => String(row['name']))
}

function conditionFor({ verb, index, table }: ConcurrentIndex): [string, string[]] {
  if (verb === 'drop') return ['c.oid = to_regclass($1)', [index ?? '']]
  if (verb === 'create') return ['c.relname = (parse_ident($1))[1] and i.indrelid = to_regclass($2)', [index ?? '', table ?? '']]
  const ofTable = table === undefined ? '(select indrelid from pg_index where indexrelid = to_regclass($1))' : 'to_regclass($1)'
  return [`c.relname ~ '_cc(new|old)[0-9]*$' and i.indrelid = ${ofTable}`, [table ?? index ?? '']]
}

/** @throws MigrationError for a new index without a name, whose rest nobody could find */
function readConcurrentIndex(statement: string): ConcurrentIndex | undefined {
  const tokens = sqlTokens(statement, 'postgres').filter(({ kind }) => kind !== 'comment')
  const words = tokens.map((token) => (token.kind === 'word' ? token.text.toLowerCase() : ''))
  const [verb] = words
  const at = words.indexOf('concurrently')
  if (at === -1 || (verb !== 'create' && verb !== 'drop' && verb !== 'reindex')) return undefined
  if (verb === 'reindex') return { verb, ...readReindexed(tokens, words, at) }
  const start = words[at + 1] === 'if' ? words.indexOf('exists') + 1 : at + 1
  if (verb === 'drop') return { verb, index: nameAt(tokens, start), table: undefined }
  if (words[start] === 'on')
    throw new MigrationError(
      'Name the index in CREATE INDEX CONCURRENTLY: without a name nobody can find what an interrupted run has left.',
    )
  const on = words.indexOf('on', start + 1)
  return { verb, index: nameAt(tokens, start), table: nameAt(tokens, words[on + 1] === 'only' ? on + 2 : on + 1) }
}

function readReindexed(tokens: readonly SqlToken[], words: readonly string[], at: number): Omit<ConcurrentIndex, 'verb'> {
  const name = nameAt(tokens, at + 1)
  return words.includes('table') ? { index: undefined, table: name } : { index: name, table: undefined }
}

/** A name and, where it has one, its schema. */
function nameAt(tokens: readonly SqlToken[], start: number): string | undefined {
  const first = tokens[start]?.text
  return tokens[start + 1]?.text === '.' ? `${first}.${tokens[start + 2]?.text}` : first
}
