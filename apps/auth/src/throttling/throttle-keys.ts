import { createHash } from 'node:crypto'
import { addressKey } from '@polystore/service-kit'

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
  const network = address === null ? undefined : addressKey(address)
  return {
    ...(email !== undefined && { account: keyOf('account', email) }),
    ...(network !== undefined && { address: keyOf('address', network) }),
    ...(email !== undefined && network !== undefined && { known: keyOf('known', `${email}\n${network}`) }),
  }
}

function keyOf(kind: ThrottleKind, subject: string): string {
  return `${kind}:${createHash('sha256').update(subject).digest('base64url')}`
}
