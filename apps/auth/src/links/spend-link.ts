import type { Transaction } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'
import type { LinkRepository } from './link-repository.ts'
import type { LinkRow } from './link-table.ts'

export interface SpendLinkDependencies {
  readonly users: Pick<UserRepository, 'find'>
  readonly links: Pick<LinkRepository, 'use'>
}

/**
 * Uses a link up, and answers whose it was: a user who is active and still has the address that it was sent to.
 * The user's row is locked, as it is by every change of a password.
 * @throws Problem `invalid-link`
 */
export async function spendLink({ users, links }: SpendLinkDependencies, link: LinkRow, tx: Transaction): Promise<UserRow> {
  const user = await users.find(link.userId, { tx, lock: 'update' })
  const isTheirs = user !== undefined && user.active && user.email === link.email
  if (!isTheirs || !(await links.use(link, tx))) throw new Problem('invalid-link')
  return user
}
