import type { WireColumn, WireResult } from '../sql-driver.ts'

/** A result as the wire has it, with the state of the session after it, which rows come without. */
export interface ServerResult extends WireResult {
  readonly status: number | undefined
}

/** What the driver gives for one statement or, for several, a list of each. */
export function parseResults(result: unknown, fields: unknown): ServerResult[] {
  const several = Array.isArray(fields) && fields.some((one) => one === undefined || Array.isArray(one))
  if (!several || !Array.isArray(result)) return [parseResult(result, fields)]
  return result.map((one, index) => parseResult(one, fields[index]))
}

function parseResult(result: unknown, fields: unknown): ServerResult {
  if (Array.isArray(result))
    return { rows: result, columns: parseColumns(fields), count: result.length, ended: undefined, status: undefined }
  return {
    rows: [],
    columns: [],
    count: numberIn(result, 'affectedRows') ?? 0,
    insertId: keyIn(result),
    ended: undefined,
    status: numberIn(result, 'serverStatus'),
  }
}

function parseColumns(fields: unknown): WireColumn[] {
  if (!Array.isArray(fields)) return []
  return fields.map((field: unknown) => ({ name: String(read(field, 'name')), type: numberIn(field, 'columnType') ?? -1 }))
}

function read(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

function numberIn(holder: unknown, key: string): number | undefined {
  const value = read(holder, key)
  return typeof value === 'number' ? value : undefined
}

/** The driver gives it as text where a number could not hold it, and zero where nothing was counted. */
function keyIn(holder: unknown): number | bigint | undefined {
  const value = read(holder, 'insertId')
  return typeof value === 'string' ? BigInt(value) : numberIn(holder, 'insertId') || undefined
}

const inTransaction = 1

// BEGIN and its kin inside a transaction commit it and open the next: no flag shows that.
const chains = /(?:^|;)\s*(?:\/\*[^]*?\*\/\s*)*(?:begin\b|start\s+transaction|commit\b|rollback\b(?!\s+(?:work\s+)?to\b)|xa\s)/i

/** Follows, by the flag that the server sends with every answer, whether a transaction is open. */
export class TransactionState {
  #open = false

  /** How a statement ended the transaction that was open before it. */
  endedBy(text: string, results: readonly ServerResult[]): WireResult['ended'] {
    const before = this.#open
    const states = results.flatMap(({ status }) => (status === undefined ? [] : [(status & inTransaction) !== 0]))
    this.#open = states.at(-1) ?? before
    if (!before || (!states.includes(false) && !chains.test(text))) return undefined
    return /^\s*rollback\b/i.test(text) ? 'rollback' : 'commit'
  }
}
