/** JSON texts, some of which no JavaScript value can give. */
const replacements = [
  'null',
  'true',
  '-1',
  '0',
  '1.5',
  '1e400',
  '3000000000',
  '9007199254740993',
  '"5"',
  '""',
  '" "',
  String.raw`"\u0000"`,
  String.raw`"\udfff"`,
  String.raw`"\u202e\u0007"`,
  '[]',
  '{}',
  '[["a"]]',
  '{"$ne":null}',
  '{"$gt":""}',
  `"${'x'.repeat(10_000)}"`,
  `[${Array.from({ length: 2_000 }, () => 'null').join(',')}]`,
  `"' or 1=1; --"`,
]

/** The example once for each of its leaves and each replacement. */
export function leafReplacements(example: unknown): { title: string; json: string }[] {
  return pathsOf(example).flatMap((path) =>
    replacements.map((replacement) => ({
      title: `${path.join('.')} = ${replacement.slice(0, 40)}`,
      json: replaceAt(example, path, replacement),
    })),
  )
}

/** The fields of an example; none when it is no object. */
export function objectOf(example: unknown): Readonly<Record<string, unknown>> {
  return isContainer(example) && !Array.isArray(example) ? { ...example } : {}
}

function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  const inner = isContainer(value) ? Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name])) : []
  return path.length === 0 ? inner : [[...path], ...inner]
}

function replaceAt(value: unknown, [name, ...rest]: readonly string[], replacement: string): string {
  if (name === undefined) return replacement
  const members = Object.entries(isContainer(value) ? value : {}).map(
    ([key, member]) => [key, key === name ? replaceAt(member, rest, replacement) : JSON.stringify(member)] as const,
  )
  if (Array.isArray(value)) return `[${members.map(([, text]) => text).join(',')}]`
  return `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
