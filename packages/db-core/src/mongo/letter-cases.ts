/** Which letters become which in lower case, turned around: what may stand in a text for what stands in a word. */
let sources: ReadonlyMap<string, readonly string[]> | undefined

/** The lower-case letter itself and every letter that `toLowerCase` makes it of. A capital sigma counts as either small one. */
export function casesOf(letter: string): readonly string[] {
  sources ??= readSources()
  return [letter, ...(sources.get(letter) ?? [])]
}

/** Behind the last letter that has a case. */
const end = 0x1_ff_ff

function readSources(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>([['ς', ['Σ']]])
  for (let code = 0; code < end; code += 1) {
    const letter = String.fromCodePoint(code)
    const lower = letter.toLowerCase()
    if (lower === letter) continue
    const others = found.get(lower)
    if (others) others.push(letter)
    else found.set(lower, [letter])
  }
  return found
}
