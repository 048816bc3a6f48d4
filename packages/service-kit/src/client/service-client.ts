import { type Dispatcher, Pool } from 'undici'
import type { z } from 'zod'
import { safeParse } from 'zod/v4/core'
import { isEmptyBody } from '../http/response-serializer.ts'
import { createIdentitySigner, identityHeader } from '../identity/identity-token.ts'
import { problemDocument } from '../problems/problem-document.ts'
import { Problem } from '../problems/problem.ts'
import { continueTrace, currentTrace, formatTraceparent } from '../telemetry/trace-context.ts'
import { UpstreamProblem } from './upstream-problem.ts'

export interface ServiceClientOptions {
  /** Scheme, host and port of the other service. */
  readonly baseUrl: string
  /** The name of the calling service, signed into every request. */
  readonly caller: string
  readonly secret: string
  /** Milliseconds for a whole call, unless the call says otherwise. */
  readonly timeoutMs: number
  /** 32 unless said otherwise. */
  readonly connections?: number
  /** Answers above it are refused; 1 MiB unless said otherwise. */
  readonly maximumBytes?: number
}

export interface ServiceCall<Schema extends z.core.$ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query; parts that come from outside are encoded by the caller. */
  readonly path: string
  readonly body?: unknown
  readonly schema: Schema
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** Calls another service. Nothing is tried twice: the caller knows what may be repeated. */
export interface ServiceClient {
  /** @throws Problem upstream-unavailable, upstream-timeout, bad-gateway; UpstreamProblem for what the service itself refused */
  request<Schema extends z.core.$ZodType>(call: ServiceCall<Schema>): Promise<z.output<Schema>>
  close(): Promise<void>
}

export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const pool = new Pool(new URL(options.baseUrl).origin, {
    connections: options.connections ?? 32,
    connect: { timeout: Math.min(options.timeoutMs, 2_000) },
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    // Shorter than the other side keeps them, so that no request is written to a socket that is being closed.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    maxResponseSize: options.maximumBytes ?? 1_048_576,
  })
  const sign = createIdentitySigner(options.secret)
  const identity = { kind: 'service', name: options.caller } as const
  return {
    async request(call) {
      const answer = await exchange(
        pool,
        call,
        { ...headersOf(call), [identityHeader]: sign(identity) },
        call.timeoutMs ?? options.timeoutMs,
      )
      return parseAnswer(answer, call)
    },
    close: () => pool.close(),
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

function headersOf(call: ServiceCall<z.core.$ZodType>): Record<string, string> {
  const trace = currentTrace() ?? continueTrace(undefined)
  return {
    accept: 'application/json, application/problem+json',
    traceparent: formatTraceparent(trace),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
  }
}

async function exchange(
  pool: Pool,
  call: ServiceCall<z.core.$ZodType>,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal])
  const body = call.body === undefined ? null : JSON.stringify(call.body)
  const request: Dispatcher.RequestOptions = {
    method: call.method,
    path: call.path,
    headers,
    body,
    signal,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  }
  try {
    const response = await pool.request(request)
    return { status: response.statusCode, text: await response.body.text() }
  } catch (error) {
    throw toTransportProblem(error, deadline, call.signal)
  }
}

function toTransportProblem(error: unknown, deadline: AbortSignal, given: AbortSignal | undefined): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (deadline.aborted || given?.aborted === true || /TIMEOUT/u.test(code)) return new Problem('upstream-timeout', { cause: error })
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new Problem('bad-gateway', { cause: error })
  return new Problem('upstream-unavailable', { cause: error, headers: { 'retry-after': '1' } })
}

function parseAnswer<Schema extends z.core.$ZodType>(answer: Answer, call: ServiceCall<Schema>): z.output<Schema> {
  if (answer.status >= 400) throw toUpstreamProblem(answer)
  if (answer.status >= 300) throw new Problem('bad-gateway', { cause: new Error(`status ${answer.status}`) })
  const result = safeParse(call.schema, isEmptyBody(call.schema) ? undefined : parseJson(answer.text))
  if (result.success) return result.data
  const places = result.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.code}`)
  throw new Problem('bad-gateway', { cause: new Error(`unexpected answer to ${call.method}: ${places.join(', ')}`) })
}

function toUpstreamProblem(answer: Answer): Problem {
  const document = problemDocument.safeParse(parseJson(answer.text))
  if (document.success) return new UpstreamProblem({ ...document.data, status: answer.status })
  return new Problem(answer.status === 503 ? 'upstream-unavailable' : 'bad-gateway', {
    cause: new Error(`status ${answer.status} without a problem document`),
  })
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
