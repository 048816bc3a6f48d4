/** What a driver's error holds that is of use here. */
export interface MysqlFacts {
  /** The server's number; undefined for an error that the driver made. */
  readonly number: number | undefined
  readonly state: string
  readonly code: string
  readonly fatal: boolean
  readonly message: string
  /** The text of the statement, with marks for its values. */
  readonly statement: string
}
