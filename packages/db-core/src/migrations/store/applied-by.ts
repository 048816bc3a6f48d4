import { hostname, userInfo } from 'node:os'

/** Who changes the database: its user, or that of this process where the database knows none, and the host, `orders@replica-7f`. */
export function appliedBy(databaseUser: string | undefined): string {
  return `${databaseUser || systemUser()}@${hostname()}`
}

/** A container may run as a user that has no name. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
