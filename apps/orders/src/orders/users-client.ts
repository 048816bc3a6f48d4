import { userStatus } from '@polystore/contracts'
import { UpstreamProblem, type ServiceClient } from '@polystore/service-kit'
import { LRUCache } from 'lru-cache'

/** How long an answer about a user is believed, in milliseconds. */
const believedMs = 1_000

/** Whether a user may order, as auth knows it. */
export class UsersClient {
  readonly #client: ServiceClient
  readonly #known = new LRUCache<string, Promise<boolean>>({ max: 50_000, ttl: believedMs })

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** False for a deactivated or unknown user. @throws Problem upstream-unavailable, upstream-timeout */
  async isActive(userId: string, signal?: AbortSignal): Promise<boolean> {
    const known = this.#known.get(userId)
    if (known !== undefined) return known
    // One question for all who ask at once; it must not end with the request that happened to ask first.
    const asked = this.#ask(userId)
    this.#known.set(userId, asked)
    asked.catch(() => this.#known.delete(userId))
    signal?.throwIfAborted()
    return asked
  }

  async #ask(userId: string): Promise<boolean> {
    try {
      const path = `/internal/users/${userId}`
      return (await this.#client.request({ method: 'GET', path, schema: userStatus, timeoutMs: 2_000 })).active
    } catch (error) {
      if (error instanceof UpstreamProblem && error.upstreamStatus === 404) return false
      throw error
    }
  }
}
