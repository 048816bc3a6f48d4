import { sqlTokens, type SqlDialect, type SqlToken } from '../../files/sql-tokens.ts'

/** Reads the tokens of one statement from left to right; comments are not among them, what MySQL runs of its marked ones is. */
export class TokenCursor {
  readonly dialect: SqlDialect
  readonly #tokens: readonly SqlToken[]
  #position = 0

  constructor(tokens: readonly SqlToken[], dialect: SqlDialect) {
    this.#tokens = tokens
    this.dialect = dialect
  }

  static of(sql: string, dialect: SqlDialect): TokenCursor {
    const tokens = sqlTokens(sql, dialect).filter(({ kind, text }) => kind !== 'comment' && !(kind === 'symbol' && text.length > 1))
    return new TokenCursor(tokens, dialect)
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#tokens.length
  }

  /** Of the next token, counted from 1 within the statement. */
  get line(): number {
    return this.#tokens[this.#position]?.line ?? 1
  }

  /** The keyword or symbol that many tokens ahead, in lower case; empty for a quoted name, a string or a number. */
  word(ahead = 0): string {
    return wordOf(this.#tokens[this.#position + ahead])
  }

  next(): SqlToken | undefined {
    return this.#tokens[this.#position++]
  }

  /** Takes these words if exactly they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.word(index) === word)) return false
    this.#position += words.length
    return true
  }

  takeAny<Word extends string>(...words: readonly Word[]): Word | undefined {
    const word = words.find((candidate) => candidate === this.word())
    if (word !== undefined) this.#position++
    return word
  }

  /** Takes a name as the server understands it, `sales.orders`; the schema that everybody uses is left out. */
  name(): string | undefined {
    const parts: string[] = []
    do {
      const part = nameOf(this.#tokens[this.#position], this.dialect)
      if (part === undefined) break
      parts.push(part)
      this.#position++
    } while (this.take('.'))
    if (parts.length > 1 && parts[0] === usualSchema[this.dialect]) parts.shift()
    return parts.length === 0 ? undefined : parts.join('.')
  }

  /** A name that the grammar asks for; empty in SQL that no server takes. */
  nameHere(): string {
    return this.name() ?? ''
  }

  /** Takes the name of a schema and answers the name of a thing in it. */
  nameWithin(thing: string): string {
    const schema = this.nameHere()
    return schema === usualSchema[this.dialect] ? thing : `${schema}.${thing}`
  }

  /** Takes `( … )` and answers what is inside. */
  brackets(): TokenCursor | undefined {
    if (this.word() !== '(') return undefined
    const start = ++this.#position
    for (let depth = 1; depth > 0 && !this.isAtEnd; this.#position++) {
      depth += Number(this.word() === '(') - Number(this.word() === ')')
      if (depth === 0) {
        const inside = new TokenCursor(this.#tokens.slice(start, this.#position), this.dialect)
        this.#position++
        return inside
      }
    }
    return new TokenCursor(this.#tokens.slice(start), this.dialect)
  }

  /** Everything that is left, split at commas outside brackets. */
  parts(): TokenCursor[] {
    const parts: SqlToken[][] = [[]]
    let depth = 0
    for (const token of this.rest()) {
      const word = wordOf(token)
      depth += Number(word === '(') - Number(word === ')')
      if (word === ',' && depth === 0) parts.push([])
      else parts.at(-1)?.push(token)
    }
    return parts.filter((part) => part.length > 0).map((part) => new TokenCursor(part, this.dialect))
  }

  rest(): readonly SqlToken[] {
    return this.#tokens.slice(this.#position)
  }

  /** Whether these words follow one another somewhere ahead, outside brackets. */
  has(...words: readonly string[]): boolean {
    let depth = 0
    return this.rest().some((token, index) => {
      const word = wordOf(token)
      depth += Number(word === '(') - Number(word === ')')
      return depth <= 0 && words.every((expected, offset) => this.word(index + offset) === expected)
    })
  }

  ends(word: string): boolean {
    return wordOf(this.#tokens.at(-1)) === word
  }
}

const usualSchema: Readonly<Record<SqlDialect, string>> = { postgres: 'public', mysql: '', sqlite: 'main' }

export function wordOf(token: SqlToken | undefined): string {
  return token?.kind === 'word' || token?.kind === 'symbol' ? token.text.toLowerCase() : ''
}

/** Only PostgreSQL tells quoted names of other letter cases apart. */
function nameOf(token: SqlToken | undefined, dialect: SqlDialect): string | undefined {
  if (token?.kind === 'word') return token.text.toLowerCase()
  if (token?.kind !== 'name' && !(token?.kind === 'string' && dialect === 'sqlite')) return undefined
  const quote = token.text.slice(-1)
  const name = token.text.slice(1, -1).replaceAll(quote + quote, quote)
  return dialect === 'postgres' ? name : name.toLowerCase()
}
