import type { ApiDocument, MediaContent, Operation } from './api-document.ts'

/** What G5 asks of an operation and its description lacks. */
export function descriptionFaults({ object, method }: Operation, problemTypes: ReadonlySet<string>): string[] {
  const { summary, tags, responses, requestBody } = object
  const faults: string[] = []
  if (summary === undefined || summary.length < 5) faults.push('no summary')
  if (tags === undefined || tags.length === 0) faults.push('no tag')
  for (const [type, content] of Object.entries(requestBody?.content ?? {})) if (!hasExample(content)) faults.push(`no example of ${type}`)
  if (requestBody !== undefined && method === 'GET') faults.push('a body of GET')
  const successes = Object.keys(responses).filter((status) => status.startsWith('2'))
  if (successes.length === 0) faults.push('no success')
  return [...faults, ...Object.entries(responses).flatMap(([status, response]) => responseFaults(status, response, problemTypes))]
}

/** The slugs and types that no client ever meets stay out: all that an operation names must have a page. */
function responseFaults(
  status: string,
  { content, $ref }: Operation['object']['responses'][string],
  problemTypes: ReadonlySet<string>,
): string[] {
  if ($ref !== undefined) return []
  const media = Object.entries(content ?? {})
  if (status.startsWith('2')) return media.filter(([, one]) => !hasExample(one)).map(([type]) => `no example of ${type} for ${status}`)
  const problem = content?.['application/problem+json']
  if (problem === undefined) return [`no problem for ${status}`]
  const types = Object.values(problem.examples ?? {}).map(({ value }) => typeOf(value))
  return [
    ...(types.length === 0 ? [`no example for ${status}`] : []),
    ...types.filter((type) => !problemTypes.has(type)).map((type) => `${type} has no page`),
  ]
}

/** Tags that are named at the top and used nowhere. */
export function unusedTags(document: ApiDocument, operations: readonly Operation[]): string[] {
  const used = new Set(operations.flatMap(({ object }) => object.tags ?? []))
  return document.tags.map(({ name }) => name).filter((name) => !used.has(name))
}

function hasExample({ example, examples }: MediaContent): boolean {
  const shown = example ?? Object.values(examples ?? {})[0]?.value
  return shown !== undefined && shown !== null && !JSON.stringify(shown).includes('[null]')
}

function typeOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : ''
}
