import { inspect } from 'node:util'

const snippet = /^```ts\n(.*?)^```$/gms
const claim = /^(\s*)(.+?)\s*\/\/=> (.+)$/

/** The snippets of a page as one program. A line `expression //=> text` becomes a check of what the expression gives. */
export function guideProgram(markdown: string): string {
  const code = [...markdown.matchAll(snippet)].map(([, lines = '']) => lines).join('\n')
  const lines = code.split('\n').map((line) => {
    const [, indent, expression, text] = claim.exec(line) ?? []
    if (expression === undefined) return line
    return `${indent}await expectShown(async () => (${expression.replace(/^await /, '')}), ${JSON.stringify(text)})`
  })
  return [`import { expectShown } from '@polystore/docs'`, ...lines, ''].join('\n')
}

/** Fails unless the value, or the error, is shown as `text`, in which `…` stands for anything. */
export async function expectShown(give: () => Promise<unknown>, text: string): Promise<void> {
  const shown = await give().then(show, (error: unknown) => `${String(error)}`)
  const parts = text.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  if (!new RegExp(`^${parts.join('.*')}$`, 's').test(shown)) throw new Error(`The page says ${text}\nbut it is  ${shown}`)
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, compact: true, sorted: false })
}
