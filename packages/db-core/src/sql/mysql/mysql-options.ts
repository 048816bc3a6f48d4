import type { SocketAddress } from '../single-socket.ts'
import { InvalidValueError } from '../../errors/repository-error.ts'
import { positive, readSqlOptions, type SqlOptions, type SqlSettings } from '../sql-options.ts'

export interface MysqlOptions extends SqlOptions {
  /** How long a transaction may rest between two statements, on MariaDB; 10,000 unless said otherwise. MySQL has no such limit. */
  readonly idleInTransactionTimeoutMs?: number
}

export interface MysqlSettings extends SqlSettings {
  readonly url: string
  readonly target: MysqlTarget
  readonly idleInTransactionTimeoutMs: number
}

/** What a URL says about where to connect, and as whom. */
export interface MysqlTarget {
  readonly address: SocketAddress
  readonly host: string
  readonly user: string
  readonly password: string
  readonly database: string | undefined
  /** `required` encrypts, `verified` also checks who answers. */
  readonly tls: 'off' | 'required' | 'verified'
}

/** Fills the defaults in. @throws InvalidValueError, which never quotes the URL */
export function readMysqlOptions(url: string, options: MysqlOptions): MysqlSettings {
  return {
    ...readSqlOptions(options),
    url,
    target: parseMysqlUrl(url),
    idleInTransactionTimeoutMs: positive(options.idleInTransactionTimeoutMs ?? 10_000, 'idleInTransactionTimeoutMs'),
  }
}

function parseMysqlUrl(url: string): MysqlTarget {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'mysql:' && parsed?.protocol !== 'mariadb:')
    throw new InvalidValueError('The database URL must start with mysql:// or mariadb:// and be valid.')
  if (parsed.host.includes(',')) throw new InvalidValueError('The database URL must name one host.')
  const host = decode(parsed.hostname).replaceAll(/^\[|\]$/g, '') || 'localhost'
  const path = parsed.searchParams.get('socket')
  return {
    address: path === null ? { host, port: Number(parsed.port || 3306) } : { path },
    host,
    user: decode(parsed.username),
    password: decode(parsed.password),
    database: decode(parsed.pathname.slice(1)) || undefined,
    tls: tlsOf(parsed.searchParams),
  }
}

const tlsModes: ReadonlyMap<string, MysqlTarget['tls']> = new Map([
  ['disabled', 'off'],
  ['required', 'required'],
  ['verify_ca', 'verified'],
  ['verify_identity', 'verified'],
])

/** By the name and the values that the servers' own clients have. A parameter that is not known is refused, not overlooked. */
function tlsOf(parameters: URLSearchParams): MysqlTarget['tls'] {
  for (const name of parameters.keys())
    if (name !== 'ssl-mode' && name !== 'socket')
      throw new InvalidValueError('The database URL may have the parameters ssl-mode and socket.')
  const mode = tlsModes.get((parameters.get('ssl-mode') ?? 'disabled').toLowerCase())
  if (mode === undefined) throw new InvalidValueError('ssl-mode is DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY.')
  return mode
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new InvalidValueError('The database URL is not percent-encoded as it must be.')
  }
}
