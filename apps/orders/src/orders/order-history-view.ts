import type { HistoryEntry } from './order-history-schemas.ts'
import type { OrderHistoryRow } from './order-table.ts'

type Step = Pick<OrderHistoryRow, 'fromStatus' | 'toStatus' | 'actor' | 'reason' | 'at'>
type Who = HistoryEntry['who']

/** A step as its viewer may see it: customers learn that staff acted, never who. */
export function toHistoryEntry(step: Step, viewer: { readonly id: string; readonly staff: boolean }): HistoryEntry {
  const { fromStatus: from, toStatus: to, actor, reason, at } = step
  const who = whoOf(actor, viewer.id)
  const seen = viewer.staff || who === 'you' || who === 'system'
  return { from, to, who, actor: seen ? actor : who, reason, text: textOf(step, who), at: at.toISOString() }
}

function whoOf(actor: string, viewerId: string): Who {
  if (actor === 'system') return 'system'
  const [kind, id] = actor.split(':', 2)
  if (id === viewerId) return 'you'
  return kind === 'staff' ? 'staff' : 'customer'
}

const names: Readonly<Record<Who, string>> = { you: 'You', customer: 'The customer', staff: 'Staff', system: 'The shop' }

const refusals: Readonly<Record<string, string>> = {
  'insufficient-stock': 'there is not enough in stock',
  'unknown-sku': 'a product is not on sale',
  'mixed-currencies': 'the prices are in different currencies',
}

/** What is written when nobody gave a reason. */
const noReasons: ReadonlySet<string | null> = new Set([null, 'by request', 'shipped', 'delivered'])

function textOf({ toStatus, reason }: Step, who: Who): string {
  const why = noReasons.has(reason) ? '' : `: ${reason}`
  switch (toStatus) {
    case 'PENDING':
      return `${names[who]} placed the order.`
    case 'RESERVED':
      return 'The goods were set aside.'
    case 'CONFIRMED':
      return 'The order was confirmed.'
    case 'REJECTED':
      return `The order was refused: ${refusals[reason ?? ''] ?? reason ?? 'no reason was given'}.`
    case 'CANCELLING':
      return reason === 'expired' ? 'The goods could not be set aside in time.' : `${names[who]} cancelled the order${why}.`
    case 'CANCELLED':
      return 'The order is cancelled; nothing of it is set aside or sold any more.'
    case 'SHIPPED':
      return `${names[who]} shipped the order${why}.`
    case 'DELIVERED':
      return `${names[who]} recorded the delivery${why}.`
  }
}
