import type { Dispatcher } from 'undici'
import type { UpstreamGroup } from './upstream-group.ts'
import type { Upstream } from './upstream.ts'

export interface FetchJsonOptions {
  readonly path: string
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly headers?: Readonly<Record<string, string>>
  /** Makes it a POST of this document. */
  readonly body?: unknown
}

/** A JSON document of a service, from the first of its addresses that gives it; the timeout holds for each address. */
export async function fetchJson(group: UpstreamGroup, options: FetchJsonOptions): Promise<unknown> {
  const failures: unknown[] = []
  for (const upstream of inOrderOfHealth(group.upstreams)) {
    try {
      return await fetchFrom(upstream, options)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, `no address of ${group.service} gave ${options.path}`)
}

function inOrderOfHealth(upstreams: readonly Upstream[]): Upstream[] {
  return upstreams.toSorted((left, right) => Number(right.ready) - Number(left.ready))
}

async function fetchFrom(upstream: Upstream, { path, timeoutMs, maxBytes, ...options }: FetchJsonOptions): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const { statusCode, body } = await upstream.pool.request({ path, signal, ...requestOf(options) })
  const bytes = await readAtMost(body, maxBytes)
  if (statusCode !== 200) throw new Error(`status ${statusCode}`)
  return JSON.parse(bytes.toString('utf8'))
}

function requestOf({
  headers,
  body,
}: Pick<FetchJsonOptions, 'headers' | 'body'>): Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'> {
  const accept = { accept: 'application/json', ...headers }
  if (body === undefined) return { method: 'GET', headers: accept }
  return { method: 'POST', headers: { ...accept, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
