import { userStatus, type UserStatus } from '@polystore/contracts'
import { UpstreamProblem, type ServiceClient } from '@polystore/service-kit'

/** What orders asks of auth. */
export class UsersClient {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** Undefined for a user that auth does not know. @throws Problem upstream-unavailable, upstream-timeout */
  async find(userId: string, signal?: AbortSignal): Promise<UserStatus | undefined> {
    try {
      const path = `/internal/users/${userId}`
      return await this.#client.request({ method: 'GET', path, schema: userStatus, timeoutMs: 2_000, signal })
    } catch (error) {
      if (error instanceof UpstreamProblem && error.upstreamStatus === 404) return undefined
      throw error
    }
  }
}
