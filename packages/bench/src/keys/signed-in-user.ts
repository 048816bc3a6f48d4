import { z } from 'zod'

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() })
const header = z.object({ kid: z.string() })

/** Somebody who is signed in and takes new tokens now and then. */
export class SignedInUser {
  /** Of the keys that have signed the tokens of this user. */
  readonly keyIds = new Set<string>()
  readonly #api: string
  #tokens: z.output<typeof tokens>

  private constructor(api: string, first: z.output<typeof tokens>) {
    this.#api = api
    this.#tokens = this.#noteKey(first)
  }

  static async register(gateway: string): Promise<SignedInUser> {
    const api = `${gateway}/api/v1`
    const account = { email: 'reader@example.com', password: 'correct horse battery staple', fullName: 'Ada Lovelace' }
    return new SignedInUser(api, await post(`${api}/auth/register`, account))
  }

  /** The newest access token. */
  get token(): string {
    return this.#tokens.access_token
  }

  async renew(): Promise<void> {
    const { refresh_token: refreshToken } = this.#tokens
    this.#tokens = this.#noteKey(await post(`${this.#api}/auth/refresh`, { refresh_token: refreshToken }))
  }

  /** The status of the answer. */
  async readProfile(token: string): Promise<number> {
    const response = await fetch(`${this.#api}/users/me`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.status
  }

  #noteKey(received: z.output<typeof tokens>): z.output<typeof tokens> {
    const [encoded = ''] = received.access_token.split('.')
    this.keyIds.add(header.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString())).kid)
    return received
  }
}

async function post(url: string, body: object): Promise<z.output<typeof tokens>> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return tokens.parse(await response.json())
}
