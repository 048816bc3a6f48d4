/** A parameter or a value as a driver takes and gives it. PostgreSQL is sent text only; what a dialect sends is made by its `encode`. */
export type WireValue = string | number | bigint | Uint8Array | null

export interface WireColumn {
  readonly name: string
  /** The database's number for the type, where it has one. */
  readonly type: number
}

/** Rows as arrays in column order. */
export interface WireResult {
  readonly rows: unknown[][]
  readonly columns: readonly WireColumn[]
  /** Rows returned or changed. */
  readonly count: number
  /** The key that the database counted for the first inserted row, where it tells so. */
  readonly insertId?: number | bigint | undefined
  /**
   * How the statement ended an open transaction, if it did. PostgreSQL tells by its command tag, other databases by the state
   * of the connection before and after; without this a statement such as COMMIT, or DDL that commits, would go unseen.
   */
  readonly ended: 'commit' | 'rollback' | undefined
}

const nothing: WireResult = { rows: [], columns: [], count: 0, ended: undefined }

/** A script answers with its last result, and with the end of a transaction if any of its statements was one. */
export function scriptResult(results: readonly WireResult[]): WireResult {
  return { ...(results.at(-1) ?? nothing), ended: results.find(({ ended }) => ended !== undefined)?.ended }
}

export interface Settle {
  readonly resolve: (result: WireResult) => void
  readonly reject: (error: unknown) => void
}

/** One physical connection that never reconnects. It is given one statement at a time. */
export interface DriverConnection {
  /** With a name the statement is planned once per connection and text, without one each time. */
  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void
  /** Text without parameters; may hold several statements. */
  sendScript(text: string, settle: Settle): void
  /** At once; whatever runs fails. */
  destroy(): void
  /** Ends the session politely; bounded. */
  end(): Promise<void>
}
