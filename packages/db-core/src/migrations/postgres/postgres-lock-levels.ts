/** From the strongest to the weakest, each with what it keeps others from. */
export const levels = {
  'ACCESS EXCLUSIVE': 'blocks reads and writes',
  EXCLUSIVE: 'blocks writes',
  'SHARE ROW EXCLUSIVE': 'blocks writes',
  SHARE: 'blocks writes',
  'SHARE UPDATE EXCLUSIVE': 'blocks only other changes of structure',
  'ROW EXCLUSIVE': 'blocks only writers of the same rows',
} as const

export type LockLevel = keyof typeof levels

export interface TableLock {
  readonly level: LockLevel
  /** A name, or words for a table that the statement does not name. */
  readonly table: string
}

export const lockLevels: readonly LockLevel[] = [
  'ACCESS EXCLUSIVE',
  'EXCLUSIVE',
  'SHARE ROW EXCLUSIVE',
  'SHARE',
  'SHARE UPDATE EXCLUSIVE',
  'ROW EXCLUSIVE',
]
