import { userStatus, type UserStatus } from '@polystore/contracts'
import { UpstreamProblem, type ServiceClient } from '@polystore/service-kit'

/** What orders asks of auth. */
export class UsersClient {
  readonly #client: ServiceClient
  readonly #asking = new Map<string, Promise<UserStatus | undefined>>()

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /**
   * Undefined for a user that auth does not know. One question for all who ask at once, which does not end with the request
   * that happened to ask first. @throws Problem upstream-unavailable, upstream-timeout
   */
  async find(userId: string): Promise<UserStatus | undefined> {
    const asked = this.#asking.get(userId) ?? this.#ask(userId).finally(() => this.#asking.delete(userId))
    this.#asking.set(userId, asked)
    return asked
  }

  async #ask(userId: string): Promise<UserStatus | undefined> {
    try {
      const path = `/internal/users/${userId}`
      return await this.#client.request({ method: 'GET', path, schema: userStatus, timeoutMs: 2_000 })
    } catch (error) {
      if (error instanceof UpstreamProblem && error.upstreamStatus === 404) return undefined
      throw error
    }
  }
}
