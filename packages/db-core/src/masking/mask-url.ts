import { maskText } from './mask-text.ts'
import { mask } from './secret-names.ts'

/**
 * A connection string that may be logged: scheme, user name, hosts and harmless parameters stay, every secret is hidden.
 * What is no connection string is hidden whole. Never throws.
 */
export function maskUrl(url: unknown): string {
  if (url instanceof URL) return maskUrl(url.href)
  if (typeof url !== 'string') return mask
  const scheme = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/|(?:sqlite|file):)/i.exec(url)?.[0]
  if (scheme !== undefined) return maskText(scheme + maskUserInfo(url.slice(scheme.length)))
  return /^\s*[\w.%-]+\s*=/.test(url) || /%3a%2f%2f/i.test(url) ? maskText(url) : mask
}

/** The whole string is one URL, so a password may hold anything, spaces and further `@` too: it ends at the last `@`. */
function maskUserInfo(rest: string): string {
  const end = rest.lastIndexOf('@')
  const colon = rest.search(/:|%3a/i)
  return end === -1 || colon === -1 || colon > end ? rest : `${rest.slice(0, colon)}:${mask}${rest.slice(end)}`
}
