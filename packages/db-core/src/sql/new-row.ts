import type { WireValue } from './sql-driver.ts'

/** Which fields a row gives. Rows that give the same ones in the same order share one, so that a row itself is only its values. */
class RowShape {
  readonly names: readonly string[]
  readonly #places: ReadonlyMap<string, number>
  readonly #longer = new Map<string, RowShape>()

  constructor(names: readonly string[]) {
    this.names = names
    this.#places = new Map(names.map((name, place) => [name, place]))
  }

  placeOf(name: string): number | undefined {
    return this.#places.get(name)
  }

  longerBy(name: string): RowShape {
    const known = this.#longer.get(name)
    if (known) return known
    const longer = new RowShape([...this.names, name])
    this.#longer.set(name, longer)
    return longer
  }
}

const empty = new RowShape([])

/** A row to insert: the fields that are written, already encoded; all other columns take their default. */
export class NewRow {
  #shape = empty
  readonly #values: WireValue[] = []

  /** The same row with one field more, or with another value in it. */
  with(name: string, value: WireValue): NewRow {
    const row = new NewRow()
    for (const [place, own] of this.#shape.names.entries()) row.set(own, this.#values[place] ?? null)
    row.set(name, value)
    return row
  }

  /** While the row is being made. */
  set(name: string, value: WireValue): void {
    const place = this.#shape.placeOf(name)
    if (place !== undefined) this.#values[place] = value
    else {
      this.#shape = this.#shape.longerBy(name)
      this.#values.push(value)
    }
  }

  /** Undefined for a field that is not given. */
  get(name: string): WireValue | undefined {
    const place = this.#shape.placeOf(name)
    return place === undefined ? undefined : this.#values[place]
  }

  has(name: string): boolean {
    return this.#shape.placeOf(name) !== undefined
  }

  get names(): readonly string[] {
    return this.#shape.names
  }

  get values(): readonly WireValue[] {
    return this.#values
  }

  /** Gives the same fields, so that both fit into one statement. */
  isLike(other: NewRow): boolean {
    return this.#shape === other.#shape
  }
}
