import type { MongoClient } from 'mongodb'
import type { PoolHealth } from '../repository/transaction.ts'

interface ConnectionEvent {
  readonly address: string
  readonly connectionId: number | '<monitor>'
}

/** Counts established connections from the driver's own events, summed over all servers. */
export class MongoPoolGauge {
  readonly #max: number
  readonly #ready = new Set<string>()
  #lent = 0
  #waiting = 0

  constructor(client: MongoClient, max: number) {
    this.#max = max
    client.on('connectionReady', (event) => this.#ready.add(nameOf(event)))
    client.on('connectionClosed', (event) => this.#ready.delete(nameOf(event)))
    client.on('connectionCheckOutStarted', () => {
      this.#forgetAborted()
      this.#waiting += 1
    })
    client.on('connectionCheckOutFailed', () => (this.#waiting -= 1))
    client.on('connectionCheckedOut', () => {
      this.#waiting -= 1
      this.#lent += 1
    })
    client.on('connectionCheckedIn', () => (this.#lent -= 1))
  }

  read(): PoolHealth {
    this.#forgetAborted()
    return { open: this.#ready.size, idle: this.#idle(), waiting: Math.max(0, this.#waiting), max: this.#max }
  }

  #idle(): number {
    return Math.max(0, this.#ready.size - this.#lent)
  }

  /** The driver says nothing when a wait is aborted. But where a connection lies idle, nobody waits. */
  #forgetAborted(): void {
    if (this.#idle() > 0) this.#waiting = 0
  }
}

function nameOf({ address, connectionId }: ConnectionEvent): string {
  return `${address} ${connectionId}`
}
