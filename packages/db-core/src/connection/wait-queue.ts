interface Waiter<Item> {
  readonly deadlineAt: number
  readonly resolve: (item: Item) => void
  readonly reject: (error: Error) => void
  next: Waiter<Item> | undefined
}

/** First in, first out; every operation costs the same however long the queue is or has been. */
export class WaitQueue<Item> {
  #head: Waiter<Item> | undefined
  #tail: Waiter<Item> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Deadlines must not fall: all waiters of one queue wait equally long. */
  wait(deadlineAt: number): Promise<Item> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Item> = { deadlineAt, resolve, reject, next: undefined }
      if (this.#tail) this.#tail.next = waiter
      else this.#head = waiter
      this.#tail = waiter
      this.#size++
    })
  }

  /** Serves the longest waiting; false when nobody waits. */
  give(item: Item): boolean {
    const waiter = this.#shift()
    waiter?.resolve(item)
    return waiter !== undefined
  }

  refuseFirst(error: Error): boolean {
    const waiter = this.#shift()
    waiter?.reject(error)
    return waiter !== undefined
  }

  refuseOverdue(now: number, createError: () => Error): void {
    while (this.#head && this.#head.deadlineAt <= now) this.refuseFirst(createError())
  }

  refuseAll(createError: () => Error): void {
    while (this.#head) this.refuseFirst(createError())
  }

  #shift(): Waiter<Item> | undefined {
    const waiter = this.#head
    if (!waiter) return undefined
    this.#head = waiter.next
    if (!this.#head) this.#tail = undefined
    this.#size--
    return waiter
  }
}
