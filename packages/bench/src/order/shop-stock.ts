import { demoLogins, type Stack } from '@polystore/dev-stack'
import { z } from 'zod'

const priceCents = 250
const chunk = 50

export interface Shelf {
  readonly sku: string
  readonly pieces: number
}

const session = z.looseObject({ access_token: z.string() })

/** What staff does with goods, through the gateway. */
export class ShopStock {
  readonly #url: string
  readonly #token: string

  private constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  static async open(stack: Stack): Promise<ShopStock> {
    const url = `${stack.urls.gateway}/api/v1`
    const login = { email: demoLogins.admin, password: demoLogins.password }
    return new ShopStock(url, session.parse(await send('POST', `${url}/auth/login`, { body: login })).access_token)
  }

  /** Puts new products on sale. */
  async fill(shelves: readonly Shelf[]): Promise<void> {
    for (let from = 0; from < shelves.length; from += chunk) {
      const items = shelves.slice(from, from + chunk).map(({ sku, pieces }) => ({
        name: sku,
        status: 'active',
        variants: [{ sku, priceCents, currency: 'GBP', initialStock: pieces }],
      }))
      await send('POST', `${this.#url}/products/bulk`, { body: { items }, token: this.#token })
    }
  }

  async level(sku: string): Promise<StockLevel> {
    return stockLevel.parse(await send('GET', `${this.#url}/stock/${sku}`, { token: this.#token }))
  }
}

const stockLevel = z.looseObject({ available: z.int(), reserved: z.int(), sold: z.int() })
export type StockLevel = z.output<typeof stockLevel>

/** The same goods for the baseline, which has a route of its own for that. */
export async function fillBaseline(url: string, shelves: readonly Shelf[]): Promise<void> {
  await send('POST', `${url}/stock`, { body: shelves.map(({ sku, pieces }) => ({ sku, available: pieces, priceCents })) })
}

async function send(method: 'GET' | 'POST', url: string, { body, token }: { body?: unknown; token?: string }): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
