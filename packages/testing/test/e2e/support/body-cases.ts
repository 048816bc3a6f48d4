import { type Operation, fillPath, fittingHeaders } from './api-document.ts'
import type { Case } from './case.ts'
import { leafReplacements, objectOf } from './leaf-replacements.ts'

type BodyCase = Pick<Case, 'title' | 'slugs'> & { body: string | Buffer; headers?: Record<string, string>; stage?: Case['stage'] }

const invalidJson = ['invalid-json']
const invalidRequest = ['invalid-request']
const unsupported = ['unsupported-media-type']

/** Faults of a body, made from the example that the description gives. */
export function bodyCases(operation: Operation): Case[] {
  if (operation.body === undefined) return bodiesNobodyAskedFor.map((body) => toCase(operation, body))
  const { mediaType, mediaTypes, example } = operation.body
  const text = JSON.stringify(example)
  return [
    ...malformed(text),
    ...wrongShapes(objectOf(example)),
    ...sizes,
    ...mediaCases(text, { mediaType, mediaTypes }),
    ...leafReplacements(example).map(({ title, json }) => ({ title, body: json })),
  ].map((body) => toCase(operation, body))
}

function toCase(operation: Operation, { title, slugs, body, headers = {}, stage = 'content' }: BodyCase): Case {
  const type = { 'content-type': operation.body?.mediaType ?? 'application/json' }
  return {
    title,
    stage,
    ...(slugs === undefined ? {} : { slugs }),
    request: {
      method: operation.method,
      target: fillPath(operation),
      headers: withoutEmpty({ ...fittingHeaders(operation), ...type, ...headers }),
      body,
    },
  }
}

function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
}

const bodiesNobodyAskedFor: readonly BodyCase[] = [
  { title: 'a body where none is taken', body: '{"a":1}', slugs: ['invalid-request', 'malformed-request'] },
  { title: 'half a body where none is taken', body: '{"a":', slugs: ['invalid-json', 'malformed-request'] },
  {
    title: 'a text where no body is taken',
    body: 'a',
    headers: { 'content-type': 'text/plain' },
    slugs: ['unsupported-media-type', 'malformed-request'],
  },
  { title: 'a huge body where none is taken', body: `"${'x'.repeat(1_200_000)}"`, slugs: ['body-too-large', 'malformed-request'] },
]

function malformed(example: string): BodyCase[] {
  const within = (member: string): string => (example === '{}' ? `{${member}}` : `${example.slice(0, -1)},${member}}`)
  const bodies: Readonly<Record<string, string | Buffer>> = {
    'half a JSON': '{"name":',
    'a trailing comma': within('').replace(/,?\}$/u, ',}'),
    'no JSON at all': 'nope',
    'an empty body': '',
    'white space': ' \n',
    NaN: within('"zz":NaN'),
    __proto__: within('"__proto__":{"role":"admin"}'),
    '__proto__ with escapes': within(String.raw`"\u005f_proto__":{"role":"admin"}`),
    '__proto__ further in': within('"zz":[{"__proto__":null}]'),
    'constructor.prototype': within('"constructor":{"prototype":{"role":"admin"}}'),
    'NUL in a text': within(String.raw`"zz":"a\u0000b"`),
    'NUL in a name': within(String.raw`"z\u0000":1`),
    'half a surrogate pair': within(String.raw`"zz":"\ud800"`),
    'bytes that are not UTF-8': Buffer.concat([Buffer.from('{"zz":"'), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('"}')]),
    '30,000 levels': '['.repeat(30_000) + ']'.repeat(30_000),
    '30,000 levels of objects, open': '{"a":'.repeat(12_000),
  }
  return Object.entries(bodies).map(([title, body]) => ({ title, body, slugs: invalidJson }))
}

function wrongShapes(example: Readonly<Record<string, unknown>>): BodyCase[] {
  const shapes = ['null', '[]', '"text"', '5', 'true', '-0', '1e400', '[null]', '[[]]']
  const unknown = ['zz', 'role', 'id', 'createdAt', '$where', '$set', 'a.b', 'toString', 'constructor']
  return [
    ...shapes.map((body) => ({ title: `the body ${body}`, body, slugs: invalidRequest })),
    ...unknown.map((name) => ({
      title: `the unknown field ${name}`,
      body: JSON.stringify({ ...example, [name]: 'admin' }),
      slugs: invalidRequest,
    })),
    ...Object.keys(example).map((name) => ({ title: `without ${name}`, body: JSON.stringify({ ...example, [name]: undefined }) })),
  ]
}

const sizes: readonly BodyCase[] = [
  { title: 'a body of 70 kB', body: JSON.stringify({ zz: 'x'.repeat(70_000) }), slugs: ['body-too-large', 'invalid-request'] },
  { title: '100,000 levels', body: '['.repeat(100_000) + ']'.repeat(100_000), slugs: ['body-too-large', 'invalid-json'] },
  { title: 'a body of 1.2 MB', body: JSON.stringify({ zz: 'x'.repeat(1_200_000) }), slugs: ['body-too-large'] },
]

function mediaCases(body: string, { mediaType, mediaTypes }: { mediaType: string; mediaTypes: readonly string[] }): BodyCase[] {
  const others = ['text/plain', 'application/xml', 'multipart/form-data; boundary=a', 'application/x-www-form-urlencoded', 'json', '']
  const foreign = ['application/json', 'application/merge-patch+json'].filter((type) => !mediaTypes.includes(type))
  const charsets = ['utf-16', 'utf-16le', 'iso-8859-1', 'utf-7'].map((charset) => `${mediaType}; charset=${charset}`)
  return [
    ...[...others, ...foreign, ...charsets, `${mediaType}\ta`, `${mediaType},text/plain`].map((type) => ({
      title: `the content type "${type}"`,
      body,
      headers: { 'content-type': type },
      slugs: unsupported,
    })),
    ...['gzip', 'br', 'identity, gzip'].map((encoding) => ({
      title: `the content encoding ${encoding}`,
      body,
      headers: { 'content-encoding': encoding },
      slugs: unsupported,
      stage: 'target' as const,
    })),
  ]
}
