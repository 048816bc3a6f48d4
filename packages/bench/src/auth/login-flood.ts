import type { Stack } from '@polystore/dev-stack'
import { z } from 'zod'
import { startChild } from '../children.ts'
import type { Observation } from '../contest.ts'
import { quantile } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'
import { addressOf, AuthRequests } from './login-request.ts'

const logins = 1_000
const floods = 10
const longestMs = 50
const restReads = 2_000
/** So often somebody would read who does not wait for the last answer. */
const everyMs = 2

export const floodJob = z.object({ port: z.int(), requests: z.array(z.string()) })
const floodReport = z.object({ statuses: z.record(z.string(), z.int()), seconds: z.number() })

/** Logins at once, each of another account from another client, while one user reads their profile again and again. */
export async function loginFlood(stack: Stack, userId: string): Promise<Observation[]> {
  await using cleanUp = new AsyncDisposableStack()
  const child = startChild(new URL('flood-program.ts', import.meta.url), {}, cleanUp)
  const port = Number(new URL(stack.urls.auth).port)
  const requests = new AuthRequests(stack)
  const reader = await PlainConnection.open(port)
  cleanUp.defer(() => reader.close())
  const atRest = await readFor(reader, { request: requests.profile(userId), isOver: after(restReads) })
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  for (let flood = 0; flood < floods; flood++) {
    const answer = child.message()
    child.send({ port, requests: Array.from({ length: logins }, (_, index) => requests.logIn(stranger(flood * logins + index))) })
    let isOver = false
    void answer.finally(() => (isOver = true)).catch(() => {})
    latencies.push(...(await readFor(reader, { request: requests.profile(userId), isOver: () => isOver })))
    for (const [status, count] of Object.entries(floodReport.parse(await answer).statuses)) {
      statuses[status] = (statuses[status] ?? 0) + count
    }
  }
  const { 401: hashed = 0, 503: refused = 0, ...others } = statuses
  const p99 = quantile(latencies, 0.99)
  const sent = `${logins} logins at once, ${floods} times: ${hashed} × 401, ${refused} × 503${Object.keys(others).length > 0 ? `, ${JSON.stringify(others)}` : ''}`
  const wanted = asWanted(latencies)
  return [
    {
      text: `${sent}; meanwhile GET /users/me p50 ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${latencies.length} (at rest p99 ${quantile(atRest, 0.99).toFixed(1)} ms)`,
      met: p99 < longestMs && refused > 0 && Object.keys(others).length === 0,
    },
    {
      text: `readers who come every ${everyMs} ms, answered or not, would have met p50 ${quantile(wanted, 0.5).toFixed(1)} ms, p99 ${quantile(wanted, 0.99).toFixed(0)} ms, at most ${Math.max(...latencies).toFixed(0)} ms: while ${logins} connections are opened and read, nobody is served`,
    },
  ]
}

/** What readers would have met who ask every 2 ms whether they were answered or not: a long wait counts for all that fall into it. */
function asWanted(latencies: readonly number[]): number[] {
  return latencies.flatMap((latency) => Array.from({ length: Math.ceil(latency / everyMs) }, (_, missed) => latency - missed * everyMs))
}

function stranger(index: number): { email: string; password: string; address: string } {
  return { email: `${index}@flood.example`, password: 'not the password', address: addressOf(100_000 + index) }
}

function after(times: number): () => boolean {
  let count = 0
  return () => count++ >= times
}

/** Reads the profile, one request after the other; answers how many milliseconds each took. */
async function readFor(reader: PlainConnection, { request, isOver }: { request: string; isOver: () => boolean }): Promise<number[]> {
  const latencies: number[] = []
  while (!isOver()) {
    const before = performance.now()
    const { status, body } = await reader.exchange(request)
    latencies.push(performance.now() - before)
    if (status !== 200) throw new Error(`auth answered a profile with ${status}: ${body}`)
  }
  return latencies
}
