import type { SqlDialect } from '../files/sql-tokens.ts'
import type { Rule, RuleText } from './lint-rule.ts'
import { columnRules } from './rules/column-rules.ts'
import { dataRules } from './rules/data-rules.ts'
import { fileRules } from './rules/file-rules.ts'
import { lockRules } from './rules/lock-rules.ts'
import { removalRules } from './rules/removal-rules.ts'

export const rules: readonly Rule[] = [...removalRules, ...columnRules, ...lockRules, ...dataRules, ...fileRules]

const dialectNames: Readonly<Record<SqlDialect, string>> = { postgres: 'PostgreSQL', mysql: 'MySQL', sqlite: 'SQLite' }

/** What an exception can be wrong about; see readExceptions. */
export const badException = 'bad-exception'

export interface LintRule {
  readonly name: string
  readonly dialects: readonly SqlDialect[]
  /** What excuses it in up.sql: `-- contract:`, `-- allow:` or nothing. */
  readonly excuse: Rule['excuse']
  /** What happens to whom, in one line of Markdown; where dialects differ, each is named. */
  readonly danger: string
  /** What to do instead, in one line of Markdown. */
  readonly instead: string
}

/** Every rule as docs/migrations.md lists it. */
export const lintRules: readonly LintRule[] = [
  ...rules.map(({ name, dialects, excuse, danger, instead }) => ({
    name,
    dialects,
    excuse,
    danger: inMarkdown(danger),
    instead: inMarkdown(instead),
  })),
  {
    name: badException,
    dialects: ['postgres', 'mysql', 'sqlite'],
    excuse: 'nothing',
    danger:
      'an exception with a reason of less than 10 characters, for a rule that does not exist, or for something that the file does not do.',
    instead: 'Correct it or take it out.',
  },
]

function inMarkdown(text: RuleText): string {
  const words = typeof text === 'string' ? text : perDialect(text)
  return words.replaceAll(/\{(\w+)\}/g, '$1')
}

/** Dialects of one text stand together. */
function perDialect(texts: Exclude<RuleText, string>): string {
  const dialects = (['postgres', 'mysql', 'sqlite'] as const).filter((dialect) => texts[dialect] !== undefined)
  const distinct = [...new Set(dialects.map((dialect) => texts[dialect] ?? ''))]
  const named = distinct.map((text) => {
    const names = dialects.filter((dialect) => texts[dialect] === text).map((dialect) => dialectNames[dialect])
    return `${names.join(', ')}: ${text}`
  })
  return named.join(' ')
}
