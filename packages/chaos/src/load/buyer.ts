import { randomUUID } from 'node:crypto'
import type { Answer, Shop } from '@polystore/demo'
import { z } from 'zod'
import type { Ledger, OpenClaim } from './ledger.ts'

export interface OrderLine {
  readonly sku: string
  readonly quantity: number
}

const named = z.looseObject({ id: z.string().optional(), orderId: z.string().optional() })

/** A customer who notes down all that the shop says. */
export class Buyer {
  readonly userId: string
  readonly token: string
  readonly #shop: Shop
  readonly #ledger: Ledger

  constructor(options: { readonly token: string; readonly shop: Shop; readonly ledger: Ledger }) {
    this.token = options.token
    this.userId = subjectOf(options.token)
    this.#shop = options.shop
    this.#ledger = options.ledger
  }

  /** Places an order under one key until there is a final answer; `times` calls go out at the same moment. */
  async place(lines: readonly OrderLine[], { key = randomUUID(), times = 1 } = {}): Promise<OpenClaim> {
    const claim = this.#ledger.open(this.userId, key)
    await Promise.all(
      Array.from({ length: times }, async () => {
        const answer = await this.order(lines, key)
        if (answer !== undefined) this.#note(claim, answer)
      }),
    )
    return claim
  }

  /** The same without a note: for answers that are not about an order of this key. */
  async order(lines: readonly OrderLine[], key: string): Promise<Answer | undefined> {
    const headers = { 'idempotency-key': key }
    return this.#call({ method: 'POST', path: '/orders', token: this.token, body: { lines }, headers })
  }

  async cancel(claim: OpenClaim): Promise<void> {
    const [id] = claim.orderIds
    if (claim.outcome !== 'accepted' || id === undefined) return
    claim.cancelling = 'asked'
    const answer = await this.#call({ method: 'POST', path: `/orders/${id}/cancel`, token: this.token, body: {} })
    if (answer?.status === 200) claim.cancelling = 'done'
    else if (answer && answer.status !== 409) this.#ledger.complain(`cancel of ${id} answered ${answer.status}`)
  }

  #note(claim: OpenClaim, { status, body }: Answer): void {
    const { id, orderId } = named.parse(body)
    if (status !== 201 && status !== 409)
      return this.#ledger.complain(`${claim.key} answered ${status} ${JSON.stringify(body).slice(0, 200)}`)
    claim.orderIds.add((status === 201 ? id : orderId) ?? `an answer ${status} without an id`)
    const outcome = status === 201 ? 'accepted' : 'refused'
    if (claim.outcome !== 'nothing' && claim.outcome !== outcome) this.#ledger.complain(`${claim.key} was accepted and refused`)
    claim.outcome = outcome
  }

  async #call(call: Parameters<Shop['call']>[0]): Promise<Answer | undefined> {
    try {
      return await this.#shop.call(call)
    } catch (error) {
      this.#ledger.complain(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }
}

function subjectOf(token: string): string {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return z.looseObject({ sub: z.string() }).parse(payload).sub
}
