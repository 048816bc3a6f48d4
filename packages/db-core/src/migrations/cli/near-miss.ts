/** The word of `known` that `word` was probably meant to be; undefined when none is near. */
export function findNearMiss(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .toSorted((one, other) => one.distance - other.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined
}

/** Insertions, deletions, changes and swaps of neighbours. */
function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= one.length; row += 1) rows.push(nextRow(rows, { one, other, row }))
  return rows[one.length]?.[other.length] ?? 0
}

function nextRow(rows: readonly number[][], { one, other, row }: { one: string; other: string; row: number }): number[] {
  const cell = (r: number, c: number): number => rows[r]?.[c] ?? Number.POSITIVE_INFINITY
  const next = [row]
  for (let column = 1; column <= other.length; column += 1) {
    const same = one[row - 1] === other[column - 1]
    const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
    const left = next[column - 1] ?? 0
    next.push(
      Math.min(
        left + 1,
        cell(row - 1, column) + 1,
        cell(row - 1, column - 1) + (same ? 0 : 1),
        ...(swapped ? [cell(row - 2, column - 2) + 1] : []),
      ),
    )
  }
  return next
}
