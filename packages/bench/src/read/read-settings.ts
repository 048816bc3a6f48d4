/** How many reads are under way at once. */
export const readWidths = [1, 32, 128] as const
export const poolSize = 10
export const rowCount = 10_000
