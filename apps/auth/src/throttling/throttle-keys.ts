import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

/** What failures are counted by: the account, the client's address, or the two together where they have belonged together before. */
export type ThrottleKind = 'account' | 'address' | 'known'

/** Whose login it would be, and from where. */
export interface LoginSource {
  /** In normalised form; without one only the address counts. */
  readonly email?: string
  /** Of the client. */
  readonly address: string | null
}

/** The keys of an attempt, each of its kind. */
export function throttleKeys({ email, address }: LoginSource): Partial<Record<ThrottleKind, string>> {
  const network = address === null ? undefined : networkOf(address)
  return {
    ...(email !== undefined && { account: keyOf('account', email) }),
    ...(network !== undefined && { address: keyOf('address', network) }),
    ...(email !== undefined && network !== undefined && { known: keyOf('known', `${email}\n${network}`) }),
  }
}

/** A household has at least 64 bits of IPv6 to choose addresses from: they count as one. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:/iu, '')
  if (isIPv4(mapped) || !isIPv6(address)) return mapped
  const [head = [], tail] = (address.split('%')[0] ?? '').split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const groups = [...head, ...zeros, ...(tail ?? [])].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

function keyOf(kind: ThrottleKind, subject: string): string {
  return `${kind}:${createHash('sha256').update(subject).digest('base64url')}`
}
