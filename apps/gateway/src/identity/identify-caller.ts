import { apiKeyStart } from '@polystore/contracts'
import { anonymous, type Identity, Problem } from '@polystore/service-kit'
import type { RateLimits } from '../limits/rate-limits.ts'
import { assertScope, type RequestedOperation } from './api-key-scopes.ts'
import { AuthUnavailableError } from './auth-unavailable-error.ts'
import { readCredentials } from './bearer-token.ts'
import { InvalidTokenError, type TokenJudge, type VerifiedToken } from './verified-token.ts'

export interface CallerDependencies {
  readonly tokens: TokenJudge
  readonly apiKeys: TokenJudge
  readonly limits: RateLimits
}

export interface CallerInput extends RequestedOperation {
  readonly rawHeaders: readonly string[]
  readonly query: string
  readonly address: string
}

/**
 * Who sends a request: anonymous without a token, a user with a good access token, or with an API key that is good for the operation.
 * @throws Problem 401 | 403 | 429 | 503
 */
export async function identifyCaller(dependencies: CallerDependencies, input: CallerInput): Promise<Identity> {
  const credentials = readCredentials(input.rawHeaders, input.query)
  if (credentials.kind === 'none') return anonymous
  if (credentials.kind === 'malformed') throw refuse('invalid_request')
  const { identity, scopes } = await judge(dependencies, credentials.token, input.address)
  if (scopes !== undefined) assertScope(scopes, input)
  return identity
}

async function judge({ tokens, apiKeys, limits }: CallerDependencies, token: string, address: string): Promise<VerifiedToken> {
  const judgeOfToken = token.startsWith(apiKeyStart) ? apiKeys : tokens
  const known = judgeOfToken.recall(token)
  if (known !== undefined) return known
  limits.admitToken(address)
  return verify(judgeOfToken, token, () => limits.countInvalidToken(address))
}

async function verify(judgeOfToken: TokenJudge, token: string, onInvalid: () => void): Promise<VerifiedToken> {
  try {
    return await judgeOfToken.verify(token)
  } catch (error) {
    if (error instanceof AuthUnavailableError) {
      throw new Problem('upstream-unavailable', { cause: error, headers: { 'retry-after': '1' } })
    }
    if (!(error instanceof InvalidTokenError)) throw error
    onInvalid()
    throw refuse('invalid_token')
  }
}

function refuse(error: 'invalid_token' | 'invalid_request'): Problem {
  return new Problem('invalid-token', { headers: { 'www-authenticate': `Bearer realm="polystore", error="${error}"` } })
}
