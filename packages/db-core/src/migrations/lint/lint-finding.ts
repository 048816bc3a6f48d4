/** A dangerous change that no exception with a reason covers. */
export interface LintFinding {
  /** `0003-drop-phone/up.sql`. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Such as `drop-column`; docs/migrations.md lists them. */
  readonly rule: string
  /** What happens to whom. */
  readonly message: string
  /** What to do instead, or which exception to write. */
  readonly advice: string
}
