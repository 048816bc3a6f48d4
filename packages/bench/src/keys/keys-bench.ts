import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { serviceFile, startStack, type Stack } from '@polystore/dev-stack'
import type { Observation, PrepareBench } from '../contest.ts'
import { secondsSince } from '../measure.ts'
import { SignedInUser } from './signed-in-user.ts'
import { steadyLoad } from './steady-load.ts'

const perSecond = 200
/** The load goes on for so long after the keys have changed. */
const secondsAfter = 15
const leastSeconds = 30
const renewEveryMs = 1_000

/** Whether anybody with a good token is refused while the key that signs changes. */
export const prepareKeysBench: PrepareBench = async (cleanUp) => ({
  contests: [],
  async observe() {
    const stack = await startStack({ seed: false, env: { LOG_LEVEL: 'warn', KEY_REFRESH_SECONDS: '1' } })
    cleanUp.defer(async () => stack.stop())
    return [await rotateUnderLoad(stack)]
  },
})

/** The command waits until every gateway knows the next key; the load is there from its start. */
async function rotateUnderLoad(stack: Stack): Promise<Observation> {
  const user = await SignedInUser.register(stack.urls.gateway)
  const first = user.token
  const over = new AbortController()
  const started = performance.now()
  // Every request brings the first token, of the old key, or the newest one, in turn.
  const load = steadyLoad({ perSecond, signal: over.signal, ask: (turn) => user.readProfile(turn % 2 === 0 ? first : user.token) })
  const renewing = renewUntil(user, over.signal)
  const changedAfter = await rotate(stack)
    .then(async () => {
      const seconds = secondsSince(started)
      await delay(secondsAfter * 1_000)
      return seconds
    })
    .finally(() => over.abort())
  const [statuses] = await Promise.all([load, renewing])
  return describe({ statuses, changedAfter, seconds: secondsSince(started), keys: user.keyIds.size })
}

interface Rotation {
  readonly statuses: Readonly<Record<string, number>>
  readonly changedAfter: number
  readonly seconds: number
  /** How many keys have signed tokens of the user. */
  readonly keys: number
}

function describe({ statuses, changedAfter, seconds, keys }: Rotation): Observation {
  const { 200: good = 0, ...others } = statuses
  const all = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  const refusals = Object.keys(others).length === 0 ? 'no other answer' : JSON.stringify(others)
  return {
    text: `${all} requests in ${seconds.toFixed(0)} s with tokens of ${keys} keys, the key that signs changed after ${changedAfter.toFixed(0)} s: ${good} × 200, ${refusals}`,
    met: good === all && keys === 2 && seconds >= leastSeconds && all >= perSecond * leastSeconds,
  }
}

async function rotate({ environments }: Stack): Promise<void> {
  await promisify(execFile)(process.execPath, [serviceFile('auth', 'rotate-keys.ts')], { env: { ...process.env, ...environments.auth } })
}

async function renewUntil(user: SignedInUser, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await user.renew()
    await delay(renewEveryMs)
  }
}
