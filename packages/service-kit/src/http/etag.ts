import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'

/** The strong ETag of a version, such as `"3"`. */
export function etag(version: number): string {
  return `"${version}"`
}

/** The version that the client has read. @throws 428 without If-Match, 400 when it is no ETag of ours */
export function requireIfMatch(request: Pick<FastifyRequest, 'headers'>): number {
  const header = request.headers['if-match']
  if (header === undefined || header === '') throw new Problem('precondition-required')
  const version = /^"(\d{1,15})"$/u.exec(header)?.[1]
  if (version === undefined)
    throw new Problem('invalid-request', { errors: [{ header: 'if-match', detail: 'must be one ETag as it was sent, such as "3"' }] })
  return Number(version)
}
