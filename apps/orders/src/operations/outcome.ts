/** What a command of an operator has found or done. */
export interface Outcome {
  /** For programs. */
  readonly report: object
  /** For people. */
  readonly text: string
  /** False when something is left for a person to look at. */
  readonly isClean: boolean
}
