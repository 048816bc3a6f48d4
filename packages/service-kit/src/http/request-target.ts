import type { IncomingMessage } from 'node:http'
import { Problem } from '../problems/problem.ts'

const maximumLength = 8_192

/** Throws for a request line or framing that Node lets through and that another hop could read otherwise. */
export function assertRequestTarget(request: IncomingMessage): void {
  const url = request.url ?? ''
  if (url.length > maximumLength) throw new Problem('uri-too-long')
  if (!url.startsWith('/') || url.startsWith('//'))
    throw new Problem('invalid-url', { detail: 'The request target must be an absolute path.' })
  assertFraming(request)
  const [path, query] = splitTarget(url)
  assertPath(path)
  if (query !== '') assertQuery(query)
}

// Node takes `identity, chunked`, and would answer a missing Host by itself, without a problem document.
function assertFraming(request: IncomingMessage): void {
  const encoding = request.headers['transfer-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') throw malformed('The transfer encoding is not supported.')
  const { host } = request.headers
  if (host === undefined && request.httpVersion === '1.1') throw malformed('The Host header is missing.')
  if (host !== undefined && !isHost(host)) throw malformed('The Host header is not a host.')
}

function isHost(text: string): boolean {
  return /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/iu.test(text) && URL.canParse(`http://${text}`)
}

function assertPath(path: string): void {
  if (!path.includes('%') && !path.includes('.') && !path.includes('\\')) return
  const decoded = decode(path)
  const hasDotSegment = decoded.split(/[/\\]/u).some((segment) => segment === '.' || segment === '..')
  if (hasDotSegment || decoded.includes('\\') || decoded.includes('\u0000')) throw new Problem('invalid-url')
}

function assertQuery(query: string): void {
  const decoded = decode(query.replaceAll('+', ' '))
  if (decoded.includes('\u0000')) throw new Problem('invalid-url')
  const names = query.split('&').map((pair) => decode(pair.split('=', 1)[0] ?? ''))
  if (names.includes('__proto__'))
    throw new Problem('invalid-request', { errors: [{ parameter: '__proto__', detail: 'is not a known parameter' }] })
}

// decodeURIComponent takes only well-formed UTF-8, so lone surrogates are refused as well.
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Problem('invalid-url')
  }
}

function splitTarget(url: string): [path: string, query: string] {
  const mark = url.indexOf('?')
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

function malformed(detail: string): Problem {
  return new Problem('malformed-request', { detail, headers: { connection: 'close' } })
}
