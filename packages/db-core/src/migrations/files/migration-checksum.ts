import { createHash } from 'node:crypto'
import type { MigrationHeaders } from './migration-headers.ts'
import type { MigrationLanguage } from '../store/migration.ts'
import { normalisedStatement, splitStatements } from './split-statements.ts'

interface Meaning {
  readonly language: MigrationLanguage
  readonly headers: Pick<MigrationHeaders, 'transaction' | 'contract'>
}

/** SHA-256 of what a file means: its statements without comments and layout, and the headers that change how it runs. */
export function checksumOf(text: string, { language, headers }: Meaning): string {
  const body =
    language === 'mongo'
      ? [text.replaceAll(/[ \t]*\r?\n/g, '\n').trim()]
      : splitStatements(text, language).map((statement) => normalisedStatement(statement.text, language))
  return checksumOfTexts([
    ...(headers.transaction ? [] : ['transaction: off']),
    ...(headers.contract ? [`contract: ${headers.contract}`] : []),
    ...body,
  ])
}

/** SHA-256 of texts in their order; no two lists share one. */
export function checksumOfTexts(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex')
}
