import { DatabaseSync } from 'node:sqlite'
import { isLocked } from '../../sql/sqlite/sqlite-failure.ts'

/**
 * A lock beside a database: an exclusive transaction on a file of its own, which the operating system ends with the process. The
 * database itself stays free between the transactions of a run. The empty file stays, for deleting it would let two in.
 */
export class SideLock {
  readonly #path: string
  #held: DatabaseSync | undefined

  constructor(databasePath: string) {
    this.#path = `${databasePath}-migration-lock`
  }

  /** True when it is held. */
  tryTake(): boolean {
    if (this.#held) return true
    const file = new DatabaseSync(this.#path, { timeout: 0 })
    try {
      file.exec('begin exclusive')
    } catch (error) {
      file.close()
      if (isLocked(error, false)) return false
      throw error
    }
    this.#held = file
    return true
  }

  release(): void {
    this.#held?.close()
    this.#held = undefined
  }
}
