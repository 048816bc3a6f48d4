import type { Transaction } from '@polystore/db-core'
import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { userTable, type UserRow } from './user-table.ts'

export type NewUser = Pick<UserRow, 'email' | 'fullName' | 'passwordHash' | 'roles'> & Partial<Pick<UserRow, 'username' | 'phoneNumber'>>
export type Profile = Pick<UserRow, 'username' | 'fullName' | 'phoneNumber'>

interface Joined {
  readonly tx?: Transaction
}

/** Queries over users. Addresses come in normalised form. */
export class UserRepository extends SqlRepository<typeof userTable> {
  constructor(database: PostgresDatabase) {
    super(database, userTable)
  }

  /** The live user with this address, in any letter case. */
  async findByEmail(email: string, { tx }: Joined = {}): Promise<UserRow | undefined> {
    const [row] = await this.db(tx)
      .select()
      .from(userTable)
      .where(and(eq(sql`lower(${userTable.email})`, email.toLowerCase()), isNull(userTable.deletedAt)))
      .limit(1)
    return row
  }

  /** @throws ConflictError with the constraint `users_email_unique` or `users_username_unique` */
  createUser(user: NewUser, options: Joined = {}): Promise<UserRow> {
    return this.create(user, options)
  }

  /** Not a change of the user as others see it: the version stays. */
  async updateLastLogin(id: string, { tx }: Joined = {}): Promise<void> {
    await this.db(tx)
      .update(userTable)
      .set({ lastLoginAt: sql`now()` })
      .where(eq(userTable.id, id))
  }

  /** Replaces the hash only where it is still `previousHash`; false when somebody else was first. */
  async updatePassword(id: string, change: { passwordHash: string; previousHash: string }, { tx }: Joined = {}): Promise<boolean> {
    const rows = await this.db(tx)
      .update(userTable)
      .set({ passwordHash: change.passwordHash })
      .where(and(eq(userTable.id, id), eq(userTable.passwordHash, change.previousHash), isNull(userTable.deletedAt)))
      .returning({ id: userTable.id })
    return rows.length === 1
  }

  /** @throws NotFoundError */
  setActive(id: string, active: boolean, options: Joined = {}): Promise<UserRow> {
    return this.update(id, { active }, options)
  }

  /** @throws NotFoundError, StaleVersionError, ConflictError */
  updateProfile(id: string, profile: Partial<Profile>, version: number): Promise<UserRow> {
    return this.update(id, profile, { version })
  }
}
