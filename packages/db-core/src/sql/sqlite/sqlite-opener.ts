import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { DriverConnection } from '../sql-driver.ts'
import { SqliteDriverConnection } from './sqlite-driver.ts'
import { isLocked, SqliteFailure } from './sqlite-failure.ts'
import { OverwriteMark, registerFunctions } from './sqlite-functions.ts'
import { LockQueue } from './sqlite-lock-queue.ts'
import type { SqliteSettings } from './sqlite-options.ts'

const longestPauseMs = 20

/** Opens the connections of one handle, which wait for the file's write lock in one queue. */
export class SqliteOpener {
  readonly #settings: SqliteSettings
  readonly #locks = new LockQueue()
  #memory: DatabaseSync | undefined

  constructor(settings: SqliteSettings) {
    this.#settings = settings
  }

  async open(onLost: () => void): Promise<DriverConnection> {
    const { location, lockTimeoutMs } = this.#settings
    const keepOpen = location.kind === 'memory'
    const database = keepOpen ? this.#openMemory() : await this.#openFile(location.path)
    const mark = new OverwriteMark()
    registerFunctions(database, mark)
    return new SqliteDriverConnection(database, { lockTimeoutMs, locks: this.#locks, mark, keepOpen, onLost })
  }

  /** Lets go of a database in memory, and so of all that is in it. */
  close(): void {
    this.#memory?.close()
    this.#memory = undefined
  }

  #openMemory(): DatabaseSync {
    this.#memory ??= new DatabaseSync(':memory:', options)
    return this.#memory
  }

  /** Switching a new file to its write-ahead log needs all of it for a moment. */
  async #openFile(path: string): Promise<DatabaseSync> {
    const deadlineAt = performance.now() + this.#settings.connectTimeoutMs
    for (;;) {
      try {
        return openWithLog(path)
      } catch (error) {
        if (!isLocked(error, false) || performance.now() > deadlineAt) throw new SqliteFailure(error, '')
      }
      await delay(Math.random() * longestPauseMs)
    }
  }
}

/** SQLite's own waiting would stop the event loop, so it waits for nothing. */
const options = { timeout: 0, enableForeignKeyConstraints: true, enableDoubleQuotedStringLiterals: false } as const

function openWithLog(path: string): DatabaseSync {
  const database = new DatabaseSync(path, options)
  try {
    database.exec('pragma journal_mode = wal')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
