import { createIdentitySigner, identityHeader, type Identity } from '@polystore/service-kit'
import type { Stack } from '@polystore/dev-stack'

export interface Login {
  readonly email: string
  readonly password: string
  /** Of the client. */
  readonly address: string
}

/** Writes requests to auth as the gateway would hand them on. */
export class AuthRequests {
  readonly #sign: ReturnType<typeof createIdentitySigner>

  constructor(stack: Stack) {
    this.#sign = createIdentitySigner(stack.environments.auth['INTERNAL_SECRET'] ?? '')
  }

  logIn({ address, ...credentials }: Login): string {
    const body = JSON.stringify(credentials)
    const lines = ['POST /auth/login HTTP/1.1', ...this.#headers({ kind: 'anonymous' }), `X-Forwarded-For: ${address}`]
    return `${[...lines, 'Content-Type: application/json', `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`
  }

  profile(userId: string): string {
    return `${['GET /users/me HTTP/1.1', ...this.#headers({ kind: 'user', id: userId, roles: ['customer'] })].join('\r\n')}\r\n\r\n`
  }

  #headers(identity: Identity): string[] {
    return ['Host: 127.0.0.1', `${identityHeader}: ${this.#sign(identity)}`]
  }
}

/** An address for each number up to 16 million. */
export function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
}
