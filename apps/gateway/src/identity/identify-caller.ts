import { type Identity, Problem } from '@polystore/service-kit'
import type { RateLimits } from '../limits/rate-limits.ts'
import { readCredentials } from './bearer-token.ts'
import { KeysUnavailableError } from './key-set.ts'
import { InvalidTokenError, type TokenVerifier } from './token-verifier.ts'

export interface CallerDependencies {
  readonly tokens: TokenVerifier
  readonly limits: RateLimits
}

export interface CallerInput {
  readonly rawHeaders: readonly string[]
  readonly query: string
  readonly address: string
}

const anonymous: Identity = Object.freeze({ kind: 'anonymous' })

/** Who sends a request: anonymous without a token, a user with a good one. @throws Problem 401 | 429 | 503 */
export async function identifyCaller(dependencies: CallerDependencies, input: CallerInput): Promise<Identity> {
  const credentials = readCredentials(input.rawHeaders, input.query)
  if (credentials.kind === 'none') return anonymous
  if (credentials.kind === 'malformed') throw refuse('invalid_request')
  const known = dependencies.tokens.recall(credentials.token)
  if (known !== undefined) return known.identity
  dependencies.limits.admitToken(input.address)
  return verify(dependencies, credentials.token, input.address)
}

async function verify({ tokens, limits }: CallerDependencies, token: string, address: string): Promise<Identity> {
  try {
    return (await tokens.verify(token)).identity
  } catch (error) {
    if (error instanceof KeysUnavailableError) {
      throw new Problem('upstream-unavailable', { cause: error, headers: { 'retry-after': '1' } })
    }
    if (!(error instanceof InvalidTokenError)) throw error
    limits.countInvalidToken(address)
    throw refuse('invalid_token')
  }
}

function refuse(error: 'invalid_token' | 'invalid_request'): Problem {
  return new Problem('invalid-token', { headers: { 'www-authenticate': `Bearer realm="polystore", error="${error}"` } })
}
