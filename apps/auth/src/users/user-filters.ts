import type { Filter } from '@polystore/db-core'
import type { UserRow } from './user-table.ts'

export const isActive: Filter<UserRow> = { active: { eq: true } }

export function isCreatedAfter(moment: Date): Filter<UserRow> {
  return { createdAt: { gt: moment } }
}

/** Every word is a word of the names, or the text is how the address begins; in any letter case. */
export function matchesText(text: string): Filter<UserRow> {
  return { or: [{ search: text }, { email: { startsWith: text.toLowerCase() } }] }
}
