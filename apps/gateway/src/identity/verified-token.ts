import type { ApiKeyScope } from '@polystore/contracts'
import type { UserIdentity } from '@polystore/service-kit'

/** Whom a token stands for. */
export interface VerifiedToken {
  readonly identity: UserIdentity
  /** What an API key may be used for; an access token is good for all that its user may do. */
  readonly scopes?: readonly ApiKeyScope[]
}

/** Judges one kind of token. */
export interface TokenJudge {
  /** What is remembered of a token; undefined for one that has to be verified. */
  recall(token: string): VerifiedToken | undefined
  /** @throws InvalidTokenError, AuthUnavailableError */
  verify(token: string): Promise<VerifiedToken>
}

export class InvalidTokenError extends Error {
  constructor(options?: ErrorOptions) {
    super('the token is not valid', options)
    this.name = 'InvalidTokenError'
  }
}
