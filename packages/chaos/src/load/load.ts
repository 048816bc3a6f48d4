import { inParallel } from '@polystore/demo'
import type { Buyer, OrderLine } from './buyer.ts'
import type { OpenClaim } from './ledger.ts'

/** Plenty, and in every load in both orders; and a few, for everybody. */
export const hotSkus = { first: 'CHAOS-A', second: 'CHAOS-B', scarce: 'CHAOS-HOT' } as const

export interface LoadOptions {
  readonly buyers: readonly Buyer[]
  /** Lines of real invoices, as many as wanted. */
  readonly nextInvoice: () => readonly OrderLine[]
  readonly orders: number
  /** Orders in flight at once. */
  readonly width: number
  readonly random: () => number
}

export interface LoadResult {
  readonly placed: number
  readonly refused: number
  readonly cancelled: number
}

export interface Load {
  readonly done: Promise<LoadResult>
  /** Settles when so many orders are answered, or all. */
  answered(orders: number): Promise<void>
}

/** Orders as a busy day has them: invoices, hot SKUs, A,B against B,A, the same key twice at once, second thoughts. */
export function startLoad(options: LoadOptions): Load {
  const { buyers, orders, width } = options
  const plans = Array.from({ length: orders }, (_, index) => planOrder(options, index))
  const waiting: { orders: number; resolve: () => void }[] = []
  let count = 0
  const noteAnswer = (): void => {
    count++
    for (const { resolve } of waiting.filter((one) => one.orders <= count)) resolve()
  }
  const work = async ({ lines, times, cancel }: PlannedLoad, index: number): Promise<OpenClaim | undefined> => {
    const buyer = buyers[index % buyers.length]
    const claim = await buyer?.place(lines, { times })
    noteAnswer()
    if (cancel && claim) await buyer?.cancel(claim)
    return claim
  }
  const done = inParallel(plans, width, work).then(resultOf)
  return {
    done,
    answered: async (wanted) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (wanted <= count) return
      waiting.push({ orders: Math.min(wanted, orders), resolve })
      await promise
    },
  }
}

interface PlannedLoad {
  readonly lines: readonly OrderLine[]
  readonly times: number
  readonly cancel: boolean
}

function planOrder({ nextInvoice, random }: LoadOptions, index: number): PlannedLoad {
  const { first, second, scarce } = hotSkus
  const pick = Math.floor(random() * 10)
  const line = (sku: string) => ({ sku, quantity: 1 + Math.floor(random() * 3) })
  const lines =
    pick === 0 ? [line(first), line(second)] : pick === 1 ? [line(second), line(first)] : pick === 2 ? [line(scarce)] : nextInvoice()
  return { lines, times: index % 10 === 9 ? 2 : 1, cancel: index % 7 === 3 }
}

function resultOf(claims: readonly (OpenClaim | undefined)[]): LoadResult {
  const known = claims.filter((claim) => claim !== undefined)
  return {
    placed: known.filter(({ outcome }) => outcome === 'accepted').length,
    refused: known.filter(({ outcome }) => outcome === 'refused').length,
    cancelled: known.filter(({ cancelling }) => cancelling === 'done').length,
  }
}
