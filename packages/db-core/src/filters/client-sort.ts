import { z } from 'zod'
import { describedAs } from './client-values.ts'
import type { SortKey } from './filter.ts'

/** A field, or a field after `-` for descending. */
export type SortText<Row> = (keyof Row & string) | `-${keyof Row & string}`

interface SortOptions<Row> {
  readonly sortable: readonly (keyof Row & string)[]
  readonly defaultSort: readonly SortText<Row>[]
  readonly maxSortKeys: number | undefined
}

/** `sort`: fields joined by commas, each at most once. */
export function clientSort<Row>({
  sortable,
  defaultSort,
  maxSortKeys = sortable.length,
}: SortOptions<Row>): z.ZodType<SortKey<Row>[], string> {
  const keys = new Map<string, SortKey<Row>>(
    sortable.flatMap((field) => [field, `-${field}`] as const).map((text): [string, SortKey<Row>] => [text, toSortKey(text)]),
  )
  const schema = z
    .string()
    .max(1_000)
    .transform((text, context) => {
      const parts = text.split(',')
      const named = parts.flatMap((part) => keys.get(part) ?? [])
      const isWhole = named.length === parts.length && new Set(named.map(({ field }) => field)).size === parts.length
      if (isWhole && parts.length <= maxSortKeys) return named
      context.addIssue({ code: 'custom', message: `must be made of ${[...sortable].join(', ')}` })
      return z.NEVER
    })
  return describedAs(schema, { ...describeSort([...keys.keys()], maxSortKeys), default: defaultSort.join() })
}

/** @throws nothing: the texts were written by a programmer and checked by the compiler */
export function toSortKeys<Row>(texts: readonly SortText<Row>[]): SortKey<Row>[] {
  return texts.map((text) => toSortKey(text))
}

function toSortKey<Row>(text: string): SortKey<Row> {
  const descending = text.startsWith('-')
  // oxlint-disable-next-line typescript/consistent-type-assertions -- comes from a list of fields; what follows the sign is one
  return { field: (descending ? text.slice(1) : text) as keyof Row & string, direction: descending ? 'desc' : 'asc' }
}

function describeSort(texts: readonly string[], maxSortKeys: number): object {
  if (maxSortKeys === 1) return { type: 'string', enum: texts }
  const one = `(?:${texts.join('|')})`
  return { type: 'string', pattern: `^${one}(?:,${one}){0,${maxSortKeys - 1}}$`, description: 'Fields joined by commas; - is descending' }
}
