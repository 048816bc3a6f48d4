/** A page by number. `total` counts all matching rows, also past the last page. */
export interface OffsetPage<Row> {
  readonly items: Row[]
  readonly total: number
  /** From 1. */
  readonly page: number
  readonly limit: number
  readonly totalPages: number
}

/** A page by cursor. A missing `next` or `previous` means that nothing lies in that direction. */
export interface CursorPage<Row> {
  readonly items: Row[]
  readonly next?: string
  readonly previous?: string
}
