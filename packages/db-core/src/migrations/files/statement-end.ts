import type { SqlDialect, SqlToken } from './sql-tokens.ts'

/** Knows, token by token, whether a semicolon ends the statement or stands in the body of a routine or a trigger. */
export class StatementEnd {
  readonly #dialect: SqlDialect
  /** The first words, up to the one that says what is made. */
  readonly #head: string[] = []
  #before = ''
  #beforeLast = ''
  #brackets = 0
  #blocks = 0
  #closedBlock = false

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect
  }

  isAt(token: SqlToken): boolean {
    if (token.kind === 'comment') return false
    const text = token.kind === 'word' || token.kind === 'symbol' ? token.text.toLowerCase() : ''
    const ends = text === ';' && !this.#isInside()
    this.#brackets += bracketStep(text, this.#dialect)
    if (this.#head.length < longestHead) this.#head.push(text)
    this.#countBlock(text)
    this.#beforeLast = this.#before
    this.#before = text
    return ends
  }

  #isInside(): boolean {
    // SQLite's own rule (sqlite3_complete): only `; END ;` ends a trigger, for the END of a CASE has no semicolon before it.
    if (this.#dialect === 'sqlite') return this.#makesRoutine() && !(this.#beforeLast === ';' && this.#before === 'end')
    return this.#brackets > 0 || this.#blocks > 0
  }

  #countBlock(text: string): void {
    if (this.#before === '.' || this.#brackets > 0 || !this.#makesRoutine()) return
    const closed = this.#closedBlock
    this.#closedBlock = text === 'end' && this.#blocks > 0
    if (this.#closedBlock) this.#blocks--
    else if (text === 'begin' || this.#beginsCompound() || (text === 'case' && this.#blocks > 0 && !closed)) this.#blocks++
    // END IF and END LOOP close what was not counted.
    else if (closed && uncountedBlocks.has(text)) this.#blocks++
  }

  /** BEGIN NOT ATOMIC of MariaDB, known by its second word. */
  #beginsCompound(): boolean {
    return this.#head.length === 2 && this.#head[0] === 'begin' && this.#before === 'begin'
  }

  #makesRoutine(): boolean {
    const [first, second, third, fourth] = this.#head
    if (this.#dialect === 'mysql' && first === 'begin') return second === 'not'
    if (first !== 'create') return false
    if (this.#dialect === 'postgres') return isRoutine(second) || (second === 'or' && isRoutine(fourth))
    if (this.#dialect === 'sqlite') return second === 'trigger' || (second?.startsWith('temp') === true && third === 'trigger')
    const kind = this.#head.find((text) => mysqlRoutines.has(text) || text === '(')
    return kind !== undefined && kind !== '('
  }
}

/** CREATE OR REPLACE DEFINER = name @ host AGGREGATE FUNCTION name (. */
const longestHead = 12
const uncountedBlocks = new Set(['if', 'loop', 'while', 'repeat', 'for'])
const mysqlRoutines = new Set(['function', 'procedure', 'trigger', 'event', 'package'])

function isRoutine(word: string | undefined): boolean {
  return word === 'function' || word === 'procedure'
}

/** PostgreSQL's CREATE RULE holds its statements in brackets; MySQL runs what stands in its marked comments. */
function bracketStep(text: string, dialect: SqlDialect): number {
  if (dialect === 'postgres') return Number(text === '(') - Number(text === ')')
  if (dialect === 'mysql') return Number(text.length > 1 && text.startsWith('/*')) - Number(text === '*/')
  return 0
}
