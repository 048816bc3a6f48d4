import { mask } from './secret-names.ts'

/** Hides the password of every URL in a text, however it is written, and of `user:password@host` without a scheme. */
export function maskUserInfos(text: string): string {
  return new UrlScanner(maskEncodedUrls(text)).masked().replaceAll(/\S+/g, maskBareUserInfo)
}

/** URLs that stand percent-encoded inside another text. */
function maskEncodedUrls(text: string): string {
  return text.replaceAll(/(%3a%2f%2f)(\S*)/gi, (whole, separator: string, rest: string) => {
    const end = rest.lastIndexOf('%40')
    return end === -1 ? whole : separator + mask + rest.slice(end)
  })
}

function maskBareUserInfo(token: string): string {
  const at = token.lastIndexOf('@')
  if (at === -1 || token.includes('://')) return token
  const user = /(?:^|[^\w/:.%+-])[\w.%+-]+:/.exec(token)
  const start = (user?.index ?? 0) + (user?.[0].length ?? 0)
  return user === null || start >= at ? token : token.slice(0, start) + mask + token.slice(at)
}

/** Walks a text once, from one scheme to the next. */
class UrlScanner {
  readonly #text: string
  /** The first `@` at or after the current place; kept, so that no text is searched twice. */
  #nextAt = -2

  constructor(text: string) {
    this.#text = text
  }

  masked(): string {
    let masked = ''
    let done = 0
    for (const match of this.#text.matchAll(/[a-z][a-z0-9+.-]{0,31}:\/\//gi)) {
      if (match.index < done) continue
      const start = match.index + match[0].length
      const span = this.#secretSpan(start, /^https?:/i.test(match[0]))
      if (span === undefined) continue
      masked += this.#text.slice(done, span.from) + mask
      done = span.to
    }
    return masked + this.#text.slice(done)
  }

  #secretSpan(start: number, tokenAlone: boolean): { from: number; to: number } | undefined {
    const url = this.#url(start)
    const at = url.lastIndexOf('@')
    if (at !== -1) return passwordSpan(url.slice(0, at), start, tokenAlone)
    if (isHostList(url)) return undefined
    // Neither a user with a password nor hosts with ports: a password with white space in it, which ends at the next `@` of the line.
    const colon = url.indexOf(':')
    return { from: start + colon + 1, to: this.#brokenEnd(start + url.length) }
  }

  #brokenEnd(urlEnd: number): number {
    const at = this.#findAt(urlEnd)
    if (at === -1 || /[\r\n]/.test(this.#text.slice(urlEnd, Math.min(at, urlEnd + 500))) || at > urlEnd + 500) return urlEnd
    const wordStart = at + 1
    const last = this.#url(wordStart).lastIndexOf('@')
    return last === -1 ? at : wordStart + last
  }

  #findAt(from: number): number {
    if (this.#nextAt !== -1 && this.#nextAt < from) this.#nextAt = this.#text.indexOf('@', from)
    return this.#nextAt
  }

  #url(start: number): string {
    const nonSpace = /\S*/y
    nonSpace.lastIndex = start
    return nonSpace.exec(this.#text)?.[0] ?? ''
  }
}

function passwordSpan(userInfo: string, start: number, tokenAlone: boolean): { from: number; to: number } | undefined {
  const to = start + userInfo.length
  const colon = /:|%3a/i.exec(userInfo)
  if (colon !== null) return { from: start + colon.index + colon[0].length, to }
  return tokenAlone ? { from: start, to } : undefined
}

const longestHostList = 500

function isHostList(url: string): boolean {
  const [authority = ''] = url.slice(0, longestHostList).split(/[/?#]/, 1)
  return !authority.includes(':') || authority.split(',').every((host) => /^(?:\[[^\]]*\]|[^:[\]]*)(?::\d{0,5})?["'`;.)\]}>\\]*$/.test(host))
}
