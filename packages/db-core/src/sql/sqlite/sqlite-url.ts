import { resolve } from 'node:path'
import { InvalidValueError } from '../../errors/repository-error.ts'

/** Where a SQLite database lives: in a file, or in the memory of this process alone. */
export type SqliteLocation = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'memory' }

/**
 * Reads `sqlite:///absolute/path.db`, `sqlite:relative/path.db`, the same with `file:`, and `sqlite::memory:`.
 * @throws InvalidValueError, which never quotes the URL
 */
export function parseSqliteUrl(url: string): SqliteLocation {
  const rest = /^(?:sqlite|file):(.*)$/is.exec(url)?.[1]
  if (rest === undefined) throw new InvalidValueError('The database URL must start with sqlite: or file:.')
  if (/[?#]/.test(rest)) throw new InvalidValueError('The URL of a SQLite database takes no parameters.')
  return rest === ':memory:' ? { kind: 'memory' } : { kind: 'file', path: resolve(pathOf(rest)) }
}

/** After two slashes stands a host, and a file has none. */
function pathOf(rest: string): string {
  const path = decode(rest.startsWith('//') ? rest.slice(2) : rest)
  const isPath = path !== '' && !path.includes('\0') && !path.endsWith('/') && (!rest.startsWith('//') || path.startsWith('/'))
  if (isPath) return path
  throw new InvalidValueError('The database URL must name a file: sqlite:///absolute/path.db or sqlite:relative/path.db.')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new InvalidValueError('The database URL is not percent-encoded as it should be.', { cause })
  }
}
