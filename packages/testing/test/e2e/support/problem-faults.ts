import type { Answer } from './http-exchange.ts'

/** What no answer may tell: addresses, files, stack frames, and by what the services are made. */
const internals: readonly RegExp[] = [
  /\b(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\])\b/iu,
  /\.(?:ts|m?js):\d+/u,
  /\bat [\w.<>]+ \(/u,
  /node_modules|file:\/\//u,
  /postgres|mongo|drizzle|fastify|undici|node:internal|bson|zod\b/iu,
  /FST_ERR|ECONN|EPIPE|ETIMEDOUT|SQLSTATE|E11000|\bSELECT\b|\bINSERT\b/u,
]

/** All that is wrong with a refusal; nothing when it is as Q1 asks. */
export function problemFaults({ status, headers, text }: Answer, known: ReadonlySet<string>): string[] {
  const faults: string[] = []
  if (status < 400 || status > 499) faults.push(`status ${status}`)
  if (!/^application\/problem\+json\b/u.test(String(headers['content-type'])))
    faults.push(`content type ${String(headers['content-type'])}`)
  const leak = internals.find((pattern) => pattern.test(text))
  if (leak !== undefined) faults.push(`tells ${String(leak)}: ${text.slice(0, 300)}`)
  return [...faults, ...memberFaults(parse(text), status, known)]
}

/** The last part of `type`; empty when the answer is no problem. */
export function slugOf({ text }: Answer): string {
  const { type } = parse(text)
  return typeof type === 'string' ? type.replace('/problems/', '') : ''
}

function memberFaults(problem: Readonly<Record<string, unknown>>, status: number, known: ReadonlySet<string>): string[] {
  const { type, title, status: stated, traceId } = problem
  const faults: string[] = []
  if (typeof type !== 'string' || !known.has(type)) faults.push(`type ${String(type)}`)
  if (typeof title !== 'string' || title === '') faults.push(`title ${String(title)}`)
  if (stated !== status) faults.push(`status member ${String(stated)} in an answer ${status}`)
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/u.test(traceId)) faults.push(`traceId ${String(traceId)}`)
  return faults
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
