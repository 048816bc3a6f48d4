const longestText = 10_000
const namesPerConnection = 256
const remembered = 2_000

/** Remembers, for a whole pool, which statement texts were seen before; two generations keep it bounded. */
export class SeenShapes {
  #young = new Set<string>()
  #old = new Set<string>()

  /** False the first time a text is seen. */
  see(text: string): boolean {
    if (this.#young.has(text)) return true
    const known = this.#old.has(text)
    if (this.#young.size >= remembered) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(text)
    return known
  }
}

/**
 * The prepared statements of one connection. A text is named from its second use on, so that shapes used once cost no memory;
 * when the names run out the connection counts as worn and is replaced.
 */
export class ConnectionShapes {
  readonly #seen: SeenShapes
  readonly #names = new Map<string, string>()
  #given = 0
  #full = false

  constructor(seen: SeenShapes) {
    this.#seen = seen
  }

  get full(): boolean {
    return this.#full
  }

  /** Undefined for a statement that shall be planned for this once. */
  nameOf(text: string): string | undefined {
    return this.#names.get(text) ?? this.#newName(text)
  }

  /** The plan of this text is no longer valid; the next use gets another name. */
  forget(text: string): void {
    this.#names.delete(text)
  }

  #newName(text: string): string | undefined {
    if (text.length > longestText || !this.#seen.see(text)) return undefined
    if (this.#given >= namesPerConnection) {
      this.#full = true
      return undefined
    }
    this.#given++
    const name = `s${this.#given}`
    this.#names.set(text, name)
    return name
  }
}
