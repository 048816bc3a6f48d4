/** How far apart two means are, in standard errors (Welch's t); near 0 when nothing tells the samples apart. */
export function welch(ones: readonly number[], others: readonly number[]): number {
  const [one, other] = [momentsOf(ones), momentsOf(others)]
  return (one.mean - other.mean) / Math.sqrt(one.variance / ones.length + other.variance / others.length)
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) }
}
