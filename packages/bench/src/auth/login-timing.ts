import type { Stack } from '@polystore/dev-stack'
import type { Observation } from '../contest.ts'
import { quantile } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'
import { multiply } from './accounts.ts'
import { addressOf, AuthRequests, type Login } from './login-request.ts'
import { welch } from './welch.ts'

const pairs = 300
/** They do not count. */
const warmUpPairs = 30
const mostApart = 3

/** Whether the time of an answer tells an unknown address from a wrong password: each try has an account and a client of its own. */
export async function loginTiming(stack: Stack, userId: string): Promise<Observation> {
  await multiply(stack, { userId, count: warmUpPairs + pairs })
  const connection = await PlainConnection.open(Number(new URL(stack.urls.auth).port))
  const requests = new AuthRequests(stack)
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  for (let pair = 0; pair < warmUpPairs + pairs; pair++) {
    for (const kind of pair % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const login = {
        email: `${pair}@${kind}.example`,
        password: 'not the password',
        address: addressOf(pair * 2 + Number(kind === 'known')),
      }
      const milliseconds = await timeOf(connection, requests, login)
      if (pair >= warmUpPairs) times[kind].push(milliseconds)
    }
  }
  connection.close()
  const t = welch(times.unknown, times.known)
  return {
    text: `login of an unknown address ${describe(times.unknown)}, with a wrong password ${describe(times.known)}, ${pairs} tries each: Welch t ${t.toFixed(2)}`,
    met: Math.abs(t) < mostApart,
  }
}

async function timeOf(connection: PlainConnection, requests: AuthRequests, login: Login): Promise<number> {
  const request = requests.logIn(login)
  const before = performance.now()
  const { status, body } = await connection.exchange(request)
  const milliseconds = performance.now() - before
  if (status !== 401) throw new Error(`auth answered a wrong login with ${status}: ${body}`)
  return milliseconds
}

function describe(times: readonly number[]): string {
  return `${quantile(times, 0.5).toFixed(2)} ms (p99 ${quantile(times, 0.99).toFixed(1)})`
}
