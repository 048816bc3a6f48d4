import { AsyncLocalStorage } from 'node:async_hooks'
import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** W3C trace context of one request in this process. Ids are lower-case hex. */
export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly sampled: boolean
}

/** Continues a valid `traceparent`, else begins a trace. */
export function continueTrace(traceparent: string | string[] | undefined): TraceContext {
  const parent = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined
  return {
    traceId: parent?.traceId ?? randomHex(16),
    spanId: randomHex(8),
    parentSpanId: parent?.spanId,
    sampled: parent?.sampled ?? true,
  }
}

/** The `traceparent` to send with calls made on behalf of this trace. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`
}

/** The trace of the request that is being handled, wherever in its call tree. */
export function currentTrace(): TraceContext | undefined {
  return storage.getStore()
}

/** Runs work as part of a trace; for workers, which have no request. */
export function runInTrace<Result>(trace: TraceContext, work: () => Result): Result {
  return storage.run(trace, work)
}

const storage = new AsyncLocalStorage<TraceContext>()
const traces = new WeakMap<IncomingMessage, TraceContext>()

/** The one trace context of a raw request, made when first asked for. */
export function traceOf(request: IncomingMessage): TraceContext {
  const known = traces.get(request)
  if (known !== undefined) return known
  const trace = continueTrace(request.headers?.['traceparent'])
  traces.set(request, trace)
  return trace
}

// Version ff is forbidden; version 00 has exactly these four parts; later versions may append more.
const pattern =
  /^(?<version>(?!ff)[0-9a-f]{2})-(?<traceId>(?!0{32})[0-9a-f]{32})-(?<spanId>(?!0{16})[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.{0,200})?$/u

function parseTraceparent(text: string): { traceId: string; spanId: string; sampled: boolean } | undefined {
  const groups = pattern.exec(text)?.groups
  if (groups === undefined) return undefined
  const { version, traceId, spanId, flags, rest } = groups
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** Drawn in stock: asking the system for each id costs more than all else about a trace. Every byte is given once. */
const stock = Buffer.allocUnsafe(4_096)
let used = stock.length

function randomHex(bytes: number): string {
  if (used + bytes > stock.length) {
    randomFillSync(stock)
    used = 0
  }
  used += bytes
  return stock.toString('hex', used - bytes, used)
}
