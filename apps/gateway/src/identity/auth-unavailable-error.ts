/** What is needed of auth to judge a token cannot be had now: the token is neither good nor bad. */
export class AuthUnavailableError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} of auth cannot be had`, options)
    this.name = 'AuthUnavailableError'
  }
}
