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

interface Token {
  readonly end: number
  /** -1 when there is no `@` in it. */
  readonly lastAt: number
}

/** Walks a text once, from one scheme to the next. */
class UrlScanner {
  readonly #text: string
  /** The first `@` at or after the current place; kept, so that no text is searched twice. */
  #nextAt = -2
  #token: Token = { end: -1, lastAt: -1 }

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
    const { end, lastAt } = this.#findToken(start)
    if (lastAt >= start) return passwordSpan(this.#text.slice(start, lastAt), start, tokenAlone)
    const url = this.#text.slice(start, Math.min(end, start + longestHostList))
    if (isHostList(url)) return undefined
    // Neither a user with a password nor hosts with ports: a password with white space in it, which ends at the next `@` of the line.
    return { from: start + url.indexOf(':') + 1, to: this.#brokenEnd(end) }
  }

  #brokenEnd(urlEnd: number): number {
    const at = this.#findAt(urlEnd)
    if (at === -1 || /[\r\n]/.test(this.#text.slice(urlEnd, Math.min(at, urlEnd + 500))) || at > urlEnd + 500) return urlEnd
    return this.#findToken(at).lastAt
  }

  #findAt(from: number): number {
    if (this.#nextAt !== -1 && this.#nextAt < from) this.#nextAt = this.#text.indexOf('@', from)
    return this.#nextAt
  }

  /** The run of characters without white space around a place; kept, as `nextAt` is. */
  #findToken(start: number): Token {
    if (start < this.#token.end) return this.#token
    const nonSpace = /\S*/y
    nonSpace.lastIndex = start
    const end = start + (nonSpace.exec(this.#text)?.[0].length ?? 0)
    const at = this.#text.slice(start, end).lastIndexOf('@')
    this.#token = { end, lastAt: at === -1 ? -1 : start + at }
    return this.#token
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
  const [authority = ''] = url.split(/[/?#]/, 1)
  return (
    !authority.includes(':') || authority.split(',').every((host) => /^(?:\[[^\]]*\]|[^:[\]]*)(?::\d{0,5})?["'`;.)\]}>\\]*$/.test(host))
  )
}
