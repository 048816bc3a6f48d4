import { check, type Check, type Claim } from '@polystore/demo'

/** A claim while its story is still being written. */
export interface OpenClaim extends Claim {
  outcome: Claim['outcome']
  cancelling: Claim['cancelling']
  readonly orderIds: Set<string>
}

/** Everything that clients were told in this run. */
export class Ledger {
  readonly #claims: OpenClaim[] = []
  readonly #unanswered: string[] = []

  get claims(): readonly Claim[] {
    return this.#claims
  }

  open(userId: string, key: string): OpenClaim {
    const claim: OpenClaim = { userId, key, outcome: 'nothing', orderIds: new Set(), cancelling: 'no' }
    this.#claims.push(claim)
    return claim
  }

  /** Staff asked for the end of these orders, whatever their buyers were told before. */
  cancelledByStaff(orderIds: readonly string[]): void {
    const ids = new Set(orderIds)
    for (const claim of this.#claims) {
      if (claim.cancelling === 'no' && [...claim.orderIds].some((id) => ids.has(id))) claim.cancelling = 'asked'
    }
  }

  /** A client gave up without a final answer, or got one that it should never get. */
  complain(reason: string): void {
    this.#unanswered.push(reason)
  }

  complaints(): Check {
    return check('every call had a final answer that it may have', this.#unanswered, () => false)
  }
}
