/** One thing that a page tells its reader to do. */
export type PageStep =
  | { readonly kind: 'command'; readonly command: string; readonly output: string }
  /** A code block whose first line is a comment with a path. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** A block of a difference, whose first line is `--- path`. */
  | { readonly kind: 'edit'; readonly path: string; readonly before: string; readonly after: string }

const block = /^```(console|diff|sql|ts)\n(.*?)^```$/gms

/** What a page shows as done, in order: `console` blocks, differences and files. */
export function pageSteps(markdown: string): PageStep[] {
  return [...markdown.matchAll(block)].flatMap(([, language, lines = '']) => {
    if (language === 'console') return commandsOf(lines)
    return language === 'diff' ? [editOf(lines)] : filesOf(lines)
  })
}

/** The page with what its commands have really written. */
export function withOutputs(markdown: string, outputs: readonly string[]): string {
  const left = [...outputs]
  return markdown.replaceAll(block, (whole, language: string, lines: string) => {
    if (language !== 'console') return whole
    const shown = commandsOf(lines).map(({ command }) => [`$ ${command}`, left.shift()].filter(Boolean).join('\n'))
    return `\`\`\`console\n${shown.join('\n')}\n\`\`\``
  })
}

function commandsOf(lines: string) {
  const [, ...parts] = `\n${lines}`.split(/^\$ /mu)
  return parts.map((part) => {
    const end = part.search(/(?<!\\)\n/u)
    return { kind: 'command' as const, command: part.slice(0, end), output: part.slice(end + 1).trimEnd() }
  })
}

function editOf(lines: string): PageStep {
  const [head = '', ...rest] = lines.trimEnd().split('\n')
  const side = (left: string) => rest.filter((line) => !line.startsWith(left)).map((line) => line.slice(1))
  return { kind: 'edit', path: head.replace(/^--- /u, ''), before: side('+').join('\n'), after: side('-').join('\n') }
}

function filesOf(lines: string): PageStep[] {
  const [, path] = /^(?:--|\/\/) (\S+\/\S+\.\w+)\n/u.exec(lines) ?? []
  return path === undefined ? [] : [{ kind: 'file', path, text: lines.slice(lines.indexOf('\n') + 1) }]
}

/** What differs from run to run: times, durations, who ran it, and with them the widths of columns. */
export function maskOutput(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z/gu, 'TIME')
    .replaceAll(/"traceId":"[0-9a-f]{32}"/gu, '"traceId":"…"')
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s)\b/gu, 'TOOK')
    .replaceAll(/[\w.-]+@[\w.-]+/gu, 'WHO')
    .replaceAll(/ {2,}/gu, '  ')
    .replaceAll(/ +$/gmu, '')
    .trimEnd()
}
