/** A statement that found the database locked. */
export interface LockWaiter {
  /** Milliseconds of performance.now. */
  readonly deadlineAt: number
  /** True when the statement has ended, well or badly; false when the lock is still held. */
  tryAgain(): boolean
  giveUp(): void
}

const shortestPauseMs = 1
const longestPauseMs = 20

/**
 * Statements of one handle that wait for the one write lock of their file, in the order of their arrival. The first tries again as
 * soon as a transaction of this process ends, and from time to time because the lock may be held by another process: SQLite has no
 * way to tell, and its own busy handler would stop the event loop.
 */
export class LockQueue {
  #waiting: LockWaiter[] = []
  #timer: NodeJS.Timeout | undefined
  #tries = 0
  #serving = false

  /** While anyone waits, whoever comes later must queue as well, or the first would wait for ever. */
  get isContended(): boolean {
    return this.#waiting.length > 0
  }

  join(waiter: LockWaiter): void {
    this.#waiting.push(waiter)
    this.#schedule()
  }

  leave(waiter: LockWaiter): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiter)
  }

  /** A lock of this process was freed. */
  serve(): void {
    if (this.#serving) return
    this.#serving = true
    try {
      for (let first = this.#waiting[0]; first?.tryAgain(); first = this.#waiting[0]) {
        this.leave(first)
        this.#tries = 0
      }
    } finally {
      this.#serving = false
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0) return
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(this.#tries, 10))
    this.#timer = setTimeout(() => this.#poll(), pauseMs * (0.5 + Math.random() / 2))
  }

  #poll(): void {
    this.#timer = undefined
    this.#tries += 1
    this.serve()
    this.#refuseOverdue(performance.now())
    this.#schedule()
  }

  #refuseOverdue(now: number): void {
    const overdue = this.#waiting.filter(({ deadlineAt }) => deadlineAt <= now)
    this.#waiting = this.#waiting.filter(({ deadlineAt }) => deadlineAt > now)
    for (const waiter of overdue) waiter.giveUp()
  }
}
