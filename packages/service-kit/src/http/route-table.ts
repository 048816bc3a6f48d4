/** Which methods exist for a path, for `405` and its Allow header. */
export class RouteTable {
  readonly #patterns = new Map<string, Set<string>>()

  add(pattern: string, methods: readonly string[]): void {
    const known = this.#patterns.get(pattern) ?? new Set()
    for (const method of methods) known.add(method)
    this.#patterns.set(pattern, known)
  }

  /** Methods of all routes that match the path, sorted; empty for an unknown path. */
  methodsOf(path: string): string[] {
    const segments = path.split('/')
    const matching = [...this.#patterns].filter(([pattern]) => isMatch(pattern.split('/'), segments))
    return [...new Set(matching.flatMap(([, methods]) => [...methods]))].sort()
  }
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  const hasRest = pattern.at(-1) === '*'
  if (hasRest ? segments.length < pattern.length : segments.length !== pattern.length) return false
  return pattern.every((part, index) => part === '*' || part.startsWith(':') || part === segments[index])
}
