import { maskUserInfos } from './mask-user-info.ts'
import { isSecretName, mask } from './secret-names.ts'

/** Text with the secrets of every connection string, parameter, header and key in it hidden, in time linear in its length. */
export function maskText(text: string): string {
  return maskAssignments(maskUserInfos(maskShapes(text)))
}

/** Secrets that show by their own shape: private keys, JSON web tokens, authorization values. */
function maskShapes(text: string): string {
  return text
    .replaceAll(/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*-----|$)/g, mask)
    .replaceAll(/(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*/g, mask)
    .replaceAll(/\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{8,}/gi, `$1 ${mask}`)
}

const assignment = /(?<![\w.%-])([\w.%-]+)(\\*["'`])?\s*(=>|=|:(?!\/\/))[^\S\r\n]*/g

/** Hides the value of every `name=value` and `name: value` whose name is that of a secret. */
function maskAssignments(text: string): string {
  let masked = ''
  let done = 0
  for (const match of text.matchAll(assignment)) {
    const [whole, name = '', , sign = ''] = match
    if (match.index < done || !isSecretName(name)) continue
    const start = match.index + whole.length
    const end = valueEnd(text, start, { inQuery: /[?&]/.test(text[match.index - 1] ?? ''), sign })
    masked += text.slice(done, start) + (end > start ? mask : '')
    done = end
  }
  return masked + text.slice(done)
}

function valueEnd(text: string, start: number, { inQuery, sign }: { inQuery: boolean; sign: string }): number {
  if (inQuery) return endOf(/[^\s&]*/y, text, start)
  const quote = matchAt(/(\\*)(["'`])/y, text, start)
  if (quote !== undefined) return quotedEnd(text, start + quote[0].length, quote[1] ?? '', quote[2] ?? '')
  if (sign === ':') return endOf(/\S*/y, text, start)
  return endOf(/[^\r\n]*?(?=(?<!\s)\s+[A-Za-z_][\w.-]*\s*=|[\r\n]|$)/y, text, start)
}

/** After the closing quote: one that has as many backslashes before it as the opening one, and is not doubled. */
function quotedEnd(text: string, start: number, backslashes: string, quote: string): number {
  for (let index = text.indexOf(quote, start); index !== -1; index = text.indexOf(quote, index + 1)) {
    const run = /\\*$/.exec(text.slice(Math.max(start, index - 64), index))?.[0].length ?? 0
    if (run !== backslashes.length) continue
    if (text[index + 1] !== quote) return index + 1
    index += 1
  }
  return text.length
}

function endOf(pattern: RegExp, text: string, start: number): number {
  return start + (matchAt(pattern, text, start)?.[0].length ?? 0)
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | undefined {
  pattern.lastIndex = index
  return pattern.exec(text) ?? undefined
}
