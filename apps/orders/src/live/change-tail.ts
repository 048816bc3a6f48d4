import { setTimeout as delay } from 'node:timers/promises'
import { Worker, type Pause, type Service } from '@polystore/service-kit'
import { ChangeReader } from './change-reader.ts'
import type { OrderChange } from './order-change.ts'
import type { OrderChangeRepository } from './order-change-repository.ts'

/** Somebody who is told of every change of a user's orders. */
export interface ChangeListener {
  readonly userId: string
  accept(changes: readonly OrderChange[]): void
}

export interface ChangeTailOptions {
  readonly changes: OrderChangeRepository
  readonly log: Pick<Service['log'], 'warn'>
}

/** Between two readings: the least under load. */
const pause: Pause = { leastMs: 20, mostMs: 250 }
/** A transaction that runs longer when the first listener comes is not waited for. */
const longestWaitMs = 5_000

/** Follows the history for all listeners of the process; asks the database nothing while there is none. */
export class ChangeTail {
  readonly #options: ChangeTailOptions
  readonly #listeners = new Map<string, Set<ChangeListener>>()
  #opening: Promise<ChangeReader> | undefined
  #reader: ChangeReader | undefined
  #worker: Worker | undefined

  constructor(options: ChangeTailOptions) {
    this.#options = options
  }

  /**
   * Every change that cannot be read yet when this resolves will be handed to the listener, once. Of those that can be read already
   * some may be, all with ids above the one that is answered. @throws RepositoryError
   */
  async attach(listener: ChangeListener): Promise<number> {
    const readTo = this.#reader?.completeTo
    this.#add(listener)
    try {
      this.#opening ??= this.#open()
      const reader = await this.#opening
      const afterId = readTo ?? reader.completeTo
      await this.#untilComplete(reader)
      return afterId
    } catch (error) {
      this.detach(listener)
      throw error
    }
  }

  detach(listener: ChangeListener): void {
    const others = this.#listeners.get(listener.userId)
    others?.delete(listener)
    if (others?.size === 0) this.#listeners.delete(listener.userId)
  }

  /** There may be changes of the orders of these users. */
  wake(userIds: readonly string[]): void {
    if (userIds.some((userId) => this.#listeners.has(userId))) this.#worker?.wake()
  }

  #add(listener: ChangeListener): void {
    const others = this.#listeners.get(listener.userId)
    if (others === undefined) this.#listeners.set(listener.userId, new Set([listener]))
    else others.add(listener)
  }

  async #open(): Promise<ChangeReader> {
    try {
      const reader = await ChangeReader.open(this.#options.changes)
      this.#reader = reader
      this.#worker = new Worker({ round: () => this.#round(reader) })
      this.#worker.start()
      return reader
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #round(reader: ChangeReader): Promise<Pause> {
    if (this.#listeners.size > 0) await this.#read(reader)
    else this.#close()
    return pause
  }

  /** Nobody listens any more; who comes next opens anew. */
  #close(): void {
    void this.#worker?.stop()
    this.#worker = undefined
    this.#opening = undefined
    this.#reader = undefined
  }

  async #read(reader: ChangeReader): Promise<void> {
    try {
      const changes = await reader.next([...this.#listeners.keys()])
      for (const [userId, own] of Map.groupBy(changes, (change) => change.userId)) {
        for (const listener of this.#listeners.get(userId) ?? []) listener.accept(own)
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'live updates wait for the database')
    }
  }

  async #untilComplete(reader: ChangeReader): Promise<void> {
    const deadlineMs = performance.now() + longestWaitMs
    while (!reader.isComplete && performance.now() < deadlineMs) await delay(pause.leastMs)
  }
}
