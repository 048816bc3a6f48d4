import { startStack } from '@polystore/dev-stack'
import type { PrepareBench } from '../contest.ts'
import { register } from './accounts.ts'
import { loginFlood } from './login-flood.ts'
import { loginTiming } from './login-timing.ts'
import { tokenContest } from './token-contest.ts'

/** What signing in and being signed in cost, and what they give away. */
export const prepareAuthBench: PrepareBench = async (cleanUp) => ({
  contests: [await tokenContest(cleanUp)],
  async observe() {
    const stack = await startStack({ services: ['auth'], durable: true, seed: false, env: { LOG_LEVEL: 'warn' } })
    cleanUp.defer(async () => stack.stop())
    const userId = await register(stack, 'reader@example.com')
    return [await loginTiming(stack, userId), ...(await loginFlood(stack, userId))]
  },
})
