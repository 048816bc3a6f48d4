import { commentText } from '../files/split-statements.ts'
import type { SqlToken } from '../files/sql-tokens.ts'

export interface LintException {
  /** `contract` or the name of a rule. */
  readonly rule: string
  /** Undefined for one that counts for every object; of a contract the migration that it names. */
  readonly object: string | undefined
  readonly reason: string
  readonly line: number
}

/** `-- allow <rule> [<object>]: <reason>` and `-- contract: NNNN-name because <reason>`, wherever in the file. */
export function readExceptions(tokens: readonly SqlToken[], ruleNames: ReadonlySet<string>): LintException[] {
  return tokens.flatMap((token) => {
    if (token.kind !== 'comment') return []
    const exception = readException(commentText(token.text), ruleNames)
    return exception === undefined ? [] : [{ ...exception, line: token.line }]
  })
}

function readException(comment: string, ruleNames: ReadonlySet<string>): Omit<LintException, 'line'> | undefined {
  const [, contract, because] = /^contract:\s*(\S+)(?:\s+because\s+(.*))?$/s.exec(comment) ?? []
  if (contract !== undefined) return { rule: 'contract', object: contract, reason: because?.trim() ?? '' }
  const [, rule, object, reason] = /^allow\s+([\w-]+)(?:\s+([^\s:]+))?\s*:(.*)$/s.exec(comment) ?? []
  if (rule !== undefined) return { rule, object: object?.toLowerCase(), reason: reason?.trim() ?? '' }
  // A forgotten colon or reason; other sentences may begin with the word too.
  const [, almost] = /^allow\s+([\w-]+)/.exec(comment) ?? []
  return almost !== undefined && ruleNames.has(almost) ? { rule: almost, object: undefined, reason: '' } : undefined
}

/** An exception for a table counts for its columns. */
export function covers({ object }: LintException, found: string): boolean {
  return object === undefined || object === found.toLowerCase() || found.toLowerCase().startsWith(`${object}.`)
}
