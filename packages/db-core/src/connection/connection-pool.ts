import { UnavailableError, type RepositoryError } from '../errors/repository-error.ts'
import type { PoolHealth } from '../repository/transaction.ts'
import type { DatabaseLogger } from './database-logger.ts'
import { WaitQueue } from './wait-queue.ts'

/** One connection that a pool lends to one borrower at a time. */
export interface PooledConnection {
  /** Set once, when the connection can no longer be used. */
  readonly failure: Error | undefined
  /** True when it still works but should be replaced. */
  readonly worn: boolean
  /** Fails whatever is overdue at `now` (milliseconds of performance.now). */
  expire(now: number): void
  /** Proves within a short deadline that the other side still answers. */
  check(): Promise<boolean>
  /** Ends it at once; whatever it was doing fails. */
  destroy(reason: RepositoryError): void
  /** Says goodbye to the server; bounded. */
  end(): Promise<void>
}

export interface PoolSettings {
  readonly poolSize: number
  /** Connections above `poolSize` under load; the sum is a hard cap. */
  readonly maxOverflow: number
  readonly poolTimeoutMs: number
  readonly poolRecycleMs: number
  /** A connection that was idle longer is checked before it is lent. */
  readonly idleCheckMs: number
  readonly overflowIdleMs: number
  readonly logger: DatabaseLogger
}

interface Slot<Connection> {
  readonly connection: Connection
  readonly recycleAt: number
  idleSince: number
}

const sweepMs = 50

/** Lends connections: bounded in number, in waiting time and in age; first come, first served. */
export class ConnectionPool<Connection extends PooledConnection> {
  readonly #open: (onLost: (connection: Connection) => void) => Promise<Connection>
  readonly #settings: PoolSettings
  readonly #logger: DatabaseLogger
  readonly #slots = new Map<Connection, Slot<Connection>>()
  readonly #waiting = new WaitQueue<Connection>()
  #idle: Slot<Connection>[] = []
  #opening = 0
  #ending = 0
  #sweeper: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #onDrained: (() => void) | undefined

  constructor(open: (onLost: (connection: Connection) => void) => Promise<Connection>, settings: PoolSettings) {
    this.#open = open
    this.#settings = settings
    this.#logger = settings.logger
  }

  health(): PoolHealth {
    const { poolSize, maxOverflow } = this.#settings
    return { open: this.#slots.size, idle: this.#idle.length, waiting: this.#waiting.size, max: poolSize + maxOverflow }
  }

  /** A connection for the caller alone, to be given back by `release`. @throws UnavailableError */
  acquire(): Promise<Connection> | Connection {
    if (this.#closing) return Promise.reject(new UnavailableError('The connection pool is closed.'))
    const slot = this.#takeIdle()
    this.#startSweeping()
    if (!slot) return this.#wait()
    const now = performance.now()
    if (now > slot.recycleAt) return this.#replace(slot)
    return now - slot.idleSince > this.#settings.idleCheckMs ? this.#checked(slot) : slot.connection
  }

  /** Takes a connection back; a failed, worn or old one is closed and, if someone waits, replaced. */
  release(connection: Connection): void {
    const slot = this.#slots.get(connection)
    if (!slot) return this.#openForWaiters()
    if (connection.failure) return this.#forget(connection)
    const now = performance.now()
    if (this.#closing || connection.worn || now > slot.recycleAt) return void this.#retire(slot)
    if (this.#waiting.give(connection)) return
    slot.idleSince = now
    this.#idle.push(slot)
  }

  /** Lets borrowers finish for `boundMs`, then ends every connection. */
  close(boundMs: number): Promise<void> {
    this.#closing ??= this.#drain(boundMs)
    return this.#closing
  }

  #takeIdle(): Slot<Connection> | undefined {
    let slot = this.#idle.pop()
    while (slot?.connection.failure) slot = this.#idle.pop()
    return slot
  }

  #wait(): Promise<Connection> {
    const waiting = this.#waiting.wait(performance.now() + this.#settings.poolTimeoutMs)
    this.#openForWaiters()
    return waiting
  }

  #replace(slot: Slot<Connection>): Promise<Connection> {
    const waiting = this.#wait()
    void this.#retire(slot)
    return waiting
  }

  async #checked(slot: Slot<Connection>): Promise<Connection> {
    if (await slot.connection.check()) return slot.connection
    slot.connection.destroy(new UnavailableError('The connection did not answer.'))
    return this.#wait()
  }

  #openForWaiters(): void {
    const { poolSize, maxOverflow } = this.#settings
    while (this.#opening < this.#waiting.size && this.#slots.size + this.#opening + this.#ending < poolSize + maxOverflow) {
      void this.#openOne()
    }
  }

  async #openOne(): Promise<void> {
    this.#opening++
    try {
      const connection = await this.#open((lost) => this.#forget(lost))
      this.#opening--
      this.#add(connection)
    } catch (error) {
      this.#opening--
      this.#refuseFirst(error)
    }
    this.#finishDraining()
  }

  #add(connection: Connection): void {
    const recycleMs = this.#settings.poolRecycleMs * (0.9 + Math.random() / 10)
    this.#slots.set(connection, { connection, recycleAt: performance.now() + recycleMs, idleSince: 0 })
    this.release(connection)
  }

  #refuseFirst(error: unknown): void {
    const reason = error instanceof Error ? error : new UnavailableError('A connection could not be opened.', { cause: error })
    if (!this.#waiting.refuseFirst(reason)) this.#logger.warn({ reason: reason.name }, 'a connection could not be opened')
    this.#openForWaiters()
  }

  #forget(connection: Connection): void {
    const slot = this.#slots.get(connection)
    if (!slot) return
    this.#slots.delete(connection)
    const place = this.#idle.indexOf(slot)
    if (place >= 0) this.#idle.splice(place, 1)
    this.#openForWaiters()
    this.#finishDraining()
  }

  async #retire(slot: Slot<Connection>): Promise<void> {
    this.#ending++
    this.#forget(slot.connection)
    await slot.connection.end()
    this.#ending--
    this.#openForWaiters()
    this.#finishDraining()
  }

  #startSweeping(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(performance.now()), sweepMs)
  }

  #sweep(now: number): void {
    this.#waiting.refuseOverdue(now, () => new UnavailableError('No connection was free in time.'))
    for (const connection of this.#slots.keys()) connection.expire(now)
    this.#closeIdleOverflow(now)
    const atRest = this.#opening === 0 && this.#waiting.size === 0 && this.#idle.length === this.#slots.size
    if (atRest && this.#slots.size <= this.#settings.poolSize) this.#stopSweeping()
  }

  #stopSweeping(): void {
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  #closeIdleOverflow(now: number): void {
    const { poolSize, overflowIdleMs } = this.#settings
    const surplus = this.#slots.size - poolSize
    if (surplus <= 0) return
    const old = this.#idle.filter((slot) => now - slot.idleSince > overflowIdleMs)
    for (const slot of old.slice(0, surplus)) void this.#retire(slot)
  }

  async #drain(boundMs: number): Promise<void> {
    this.#waiting.refuseAll(() => new UnavailableError('The connection pool is closed.'))
    const idle = this.#idle.splice(0)
    const ended = idle.map((slot) => {
      this.#slots.delete(slot.connection)
      return slot.connection.end()
    })
    await this.#drained(boundMs)
    for (const connection of [...this.#slots.keys()]) connection.destroy(new UnavailableError('The connection pool is closed.'))
    this.#slots.clear()
    await Promise.all(ended)
    this.#stopSweeping()
  }

  #drained(boundMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, boundMs)
      this.#onDrained = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#finishDraining()
    })
  }

  #finishDraining(): void {
    if (this.#slots.size + this.#opening + this.#ending === 0) this.#onDrained?.()
  }
}
