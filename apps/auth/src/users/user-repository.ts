import {
  hasMany,
  type CursorPage,
  type LockOptions,
  type ReadOptions,
  type SeekQuery,
  type ToMany,
  type Transaction,
} from '@polystore/db-core'
import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { SessionRepository } from '../sessions/session-repository.ts'
import type { SessionRow } from '../sessions/session-table.ts'
import { isActive, isCreatedAfter, matchesText } from './user-filters.ts'
import { userTable, type UserRow } from './user-table.ts'

export type NewUser = Pick<UserRow, 'email' | 'fullName' | 'passwordHash' | 'roles'> &
  Partial<Pick<UserRow, 'username' | 'phoneNumber' | 'active'>>
export type Profile = Pick<UserRow, 'username' | 'fullName' | 'phoneNumber'>
/** What an administrator may change besides roles and activation. */
export type Account = Profile & Pick<UserRow, 'email' | 'emailVerifiedAt'>

interface Joined {
  readonly tx?: Transaction
}

type Listed = Omit<SeekQuery<UserRow>, 'where'>

/** Beyond this many administrators, the others are not looked at: there is no last one among so many. */
const mostAdmins = 1_000

type UserRelations = { readonly sessions: ToMany<SessionRepository> }

/** Queries over users. Addresses come in normalised form. */
export class UserRepository extends SqlRepository<typeof userTable, UserRelations> {
  constructor(database: PostgresDatabase, sessions = new SessionRepository(database)) {
    super(database, userTable, {
      searchFields: ['fullName', 'username'],
      relations: { sessions: hasMany(() => sessions, 'userId', { orderBy: [{ field: 'lastUsedAt', direction: 'desc' }] }) },
    })
  }

  /** The user with their sessions, the one used last first; those that are over are among them for two days. @throws NotFoundError */
  withSessions(id: string, options: ReadOptions = {}): Promise<UserRow & { readonly sessions: SessionRow[] }> {
    return this.including({ sessions: true }).get(id, options)
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

  /** @throws NotFoundError */
  getByEmail(email: string, options: ReadOptions = {}): Promise<UserRow> {
    return this.getOne({ email: { eq: email, ignoreCase: true } }, options)
  }

  /** The user of this name, in any letter case. @throws NotFoundError */
  getByUsername(username: string, options: ReadOptions = {}): Promise<UserRow> {
    return this.getOne({ username: { eq: username, ignoreCase: true } }, options)
  }

  /** @throws NotFoundError, also for a user who is deactivated */
  getActiveByEmail(email: string, options: ReadOptions = {}): Promise<UserRow> {
    return this.getOne({ and: [isActive, { email: { eq: email, ignoreCase: true } }] }, options)
  }

  emailExists(email: string, options: ReadOptions = {}): Promise<boolean> {
    return this.exists({ email: { eq: email, ignoreCase: true } }, options)
  }

  usernameExists(username: string, options: ReadOptions = {}): Promise<boolean> {
    return this.exists({ username: { eq: username, ignoreCase: true } }, options)
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
  activate(id: string, options: Joined = {}): Promise<UserRow> {
    return this.update(id, { active: true }, options)
  }

  /** @throws NotFoundError */
  deactivate(id: string, options: Joined = {}): Promise<UserRow> {
    return this.update(id, { active: false }, options)
  }

  /** @throws NotFoundError, StaleVersionError, ConflictError */
  updateProfile(id: string, profile: Partial<Account>, { version, tx }: Joined & { readonly version: number }): Promise<UserRow> {
    return this.update(id, profile, { version, tx })
  }

  /** By full text in names, or by the beginning of an address. @throws InvalidFilterError for a text without a word */
  searchUsers(text: string, query: Listed = {}, options: ReadOptions = {}): Promise<CursorPage<UserRow>> {
    return this.seek({ ...query, where: matchesText(text) }, options)
  }

  findActive(query: Listed = {}, options: ReadOptions = {}): Promise<CursorPage<UserRow>> {
    return this.seek({ ...query, where: isActive }, options)
  }

  createdAfter(moment: Date, query: Listed = {}, options: ReadOptions = {}): Promise<CursorPage<UserRow>> {
    return this.seek({ ...query, where: isCreatedAfter(moment) }, options)
  }

  /** Active administrators, by id. With a lock, whoever asks for the same waits until the transaction ends. */
  async findAdmins({ tx, lock }: Pick<LockOptions, 'tx' | 'lock'> = {}): Promise<UserRow[]> {
    const query = this.db(tx)
      .select()
      .from(userTable)
      .where(and(sql`'admin' = any(${userTable.roles})`, userTable.active, isNull(userTable.deletedAt)))
      .orderBy(asc(userTable.id))
      .limit(mostAdmins)
    return lock === undefined ? await query : await query.for(lock)
  }
}
