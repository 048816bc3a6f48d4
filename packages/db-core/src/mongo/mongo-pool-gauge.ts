import type { MongoClient } from 'mongodb'
import type { PoolHealth } from '../repository/transaction.ts'

/** Counts the pool's connections from the driver's own events, summed over all servers. */
export class MongoPoolGauge {
  readonly #max: number
  #open = 0
  #lent = 0
  #waiting = 0

  constructor(client: MongoClient, max: number) {
    this.#max = max
    client.on('connectionCreated', () => (this.#open += 1))
    client.on('connectionClosed', () => (this.#open -= 1))
    client.on('connectionCheckOutStarted', () => (this.#waiting += 1))
    client.on('connectionCheckOutFailed', () => (this.#waiting -= 1))
    client.on('connectionCheckedOut', () => {
      this.#waiting -= 1
      this.#lent += 1
    })
    client.on('connectionCheckedIn', () => (this.#lent -= 1))
  }

  read(): PoolHealth {
    const open = Math.max(0, this.#open)
    const waiting = Math.max(0, this.#waiting)
    return { open, idle: Math.max(0, open - this.#lent), waiting, max: this.#max }
  }
}
