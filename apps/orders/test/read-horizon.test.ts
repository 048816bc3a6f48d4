import { expect, it } from 'vitest'
import { ReadHorizon } from '../src/live/read-horizon.ts'

/** Transactions of a database that gives ids when rows are written and shows them when they commit. */
class Transactions {
  readonly open = new Map<bigint, number[]>()
  readonly shown: number[] = []
  #nextTransaction = 1n
  #nextId = 1

  begin(): void {
    this.open.set(this.#nextTransaction++, [])
  }

  write(transaction: bigint): void {
    this.open.get(transaction)?.push(this.#nextId++)
  }

  commit(transaction: bigint): void {
    this.shown.push(...(this.open.get(transaction) ?? []))
    this.open.delete(transaction)
  }

  snapshot(): { endedBelow: bigint; begunBelow: bigint } {
    const oldest = [...this.open.keys()].reduce((one, other) => (one < other ? one : other), this.#nextTransaction)
    return { endedBelow: oldest, begunBelow: this.#nextTransaction }
  }
}

it('whatever the order of beginning, writing and committing: every id is read once, and none comes below what is called complete', () => {
  let seed = 6
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const database = new Transactions()
  const horizon = new ReadHorizon(0)
  const given = new Set<number>()
  const read: number[] = []
  const look = (): void => {
    const { endedBelow, begunBelow } = database.snapshot()
    expect(database.shown.filter((id) => id <= horizon.completeTo && !given.has(id))).toEqual([])
    const page = database.shown.filter((id) => id > horizon.completeTo)
    for (const id of page.filter((one) => !given.has(one))) {
      given.add(id)
      read.push(id)
    }
    horizon.mark({ lastId: Math.max(horizon.completeTo, ...page), begunBelow })
    horizon.advance(endedBelow)
  }
  for (let step = 0; step < 5_000; step++) {
    const open = [...database.open.keys()]
    const some = open[random(open.length)] ?? 0n
    const action = random(10)
    if (action < 3 && open.length < 8) database.begin()
    else if (action < 6) database.write(some)
    else if (action < 8) database.commit(some)
    else look()
  }
  for (const transaction of database.open.keys()) database.commit(transaction)
  look()
  expect(read.toSorted((one, other) => one - other)).toEqual(database.shown.toSorted((one, other) => one - other))
  expect(horizon.completeTo).toBe(Math.max(...database.shown))
})

it('a transaction that lives longer than any may is not waited for', () => {
  let nowMs = 0
  const horizon = new ReadHorizon(10, () => nowMs)
  horizon.mark({ lastId: 20, begunBelow: 5n })
  horizon.advance(4n)
  expect(horizon.completeTo).toBe(10)
  nowMs = 30_001
  horizon.advance(4n)
  expect(horizon.completeTo).toBe(20)
})
