import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'
import { parseJsonBody } from './json-body.ts'

const mediaTypes = ['application/json', 'application/merge-patch+json', 'application/cloudevents-batch+json']

/** JSON in UTF-8 and nothing else; another of its media types where a route says so, as `mediaTypes: ['application/merge-patch+json']`. */
export function addBodyParsers(service: FastifyInstance): void {
  service.removeAllContentTypeParsers()
  service.addContentTypeParser(mediaTypes, { parseAs: 'buffer' }, (request: FastifyRequest, bytes: Buffer, done) => {
    try {
      assertMediaType(request)
      const takesBody = request.routeOptions.schema?.body !== undefined
      done(null, bytes.length === 0 && !takesBody ? undefined : parseJsonBody(bytes))
    } catch (error) {
      done(error instanceof Error ? error : new Problem('invalid-json'), undefined)
    }
  })
}

function assertMediaType(request: FastifyRequest): void {
  const [mediaType = '', ...parameters] = (request.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const accepted = request.routeOptions.config.mediaTypes ?? ['application/json']
  if (!accepted.includes(mediaType)) throw unsupported(`The operation takes ${accepted.join(' or ')}.`, accepted)
  if (!parameters.every((parameter) => /^charset="?utf-?8"?$/u.test(parameter))) throw unsupported('The charset must be UTF-8.', accepted)
}

/** Throws 415 for a body in any content encoding; bodies are small, and a compressed one can grow without bound. */
export function assertNoContentEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new Problem('unsupported-media-type', { detail: 'Content encodings are not taken.', headers: { 'accept-encoding': 'identity' } })
}

function unsupported(detail: string, accepted: readonly string[]): Problem {
  return new Problem('unsupported-media-type', { detail, headers: { accept: accepted.join(', ') } })
}
