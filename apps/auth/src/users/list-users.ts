import type { Filter } from '@polystore/db-core'
import type { UserListQuery, UserPage } from './user-admin-schemas.ts'
import { isActive, isCreatedAfter, matchesText } from './user-filters.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'
import { toUserView } from './user.ts'

/** A page by cursor, or by a number of rows to pass over, which also tells how many there are. @throws InvalidCursorError, InvalidFilterError */
export async function listUsers({ users }: { readonly users: UserRepository }, query: UserListQuery): Promise<UserPage> {
  const { orderBy, limit, cursor, parameters } = query
  const options = { scope: parameters.deleted === true ? 'deleted' : 'live' } as const
  const asked = { where: toFilter(parameters), orderBy, limit }
  if (parameters.skip !== undefined) {
    const { items, total } = await users.page({ ...asked, skip: parameters.skip }, options)
    return { items: items.map(toUserView), total }
  }
  const page = await users.seek({ ...asked, ...(cursor !== undefined && { cursor }) }, options)
  return { ...page, items: page.items.map(toUserView) }
}

function toFilter({ active_only: activeOnly, created_after: createdAfter, q }: UserListQuery['parameters']): Filter<UserRow> {
  return {
    and: [
      ...(activeOnly === true ? [isActive] : []),
      ...(createdAfter === undefined ? [] : [isCreatedAfter(createdAfter)]),
      ...(q === undefined ? [] : [matchesText(q)]),
    ],
  }
}
