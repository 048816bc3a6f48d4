import { expect } from 'vitest'
import { problemDocument, type ProblemDocument } from '../../src/index.ts'

/** Checks that an answer is a whole problem document of this status and slug, and gives it back. */
export async function expectProblem(response: Response, status: number, slug: string): Promise<ProblemDocument> {
  return checkProblem(
    { status: response.status, contentType: response.headers.get('content-type') ?? '', body: await response.text() },
    status,
    slug,
  )
}

/** The same for an answer that was read by hand. */
export function checkProblem(answer: { status: number; contentType: string; body: string }, status: number, slug: string): ProblemDocument {
  expect(`${answer.status} ${answer.contentType}`, answer.body).toBe(`${status} application/problem+json; charset=utf-8`)
  const document = problemDocument.parse(JSON.parse(answer.body))
  expect(document).toMatchObject({
    type: `/problems/${slug}`,
    status,
    title: expect.any(String),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/u),
  })
  return document
}
