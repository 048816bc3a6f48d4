export const poolSize = 10
/** How many single inserts are under way at once. */
export const writeWidths = [1, 32] as const
export const bulkRows = 100_000
export const streamedRows = 1_000_000
