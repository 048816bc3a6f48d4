import fastJsonStringify from 'fast-json-stringify'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createService } from '../src/index.ts'
import { toSerializerSchema } from '../src/http/serializer-schema.ts'
import { secret } from './support/demo-service.ts'

/** What a client reads when a handler returns `value`. */
function answer(schema: z.core.$ZodType, value: unknown): unknown {
  return JSON.parse(fastJsonStringify(toSerializerSchema(schema))(value))
}

const isoDate = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
const moment = new Date('2026-01-31T12:00:00.000Z')

describe('answers', () => {
  const row = { id: 'a', secret: 'never shown', nested: { id: 'b', secret: 'never shown' }, list: [{ id: 'c', secret: 'never shown' }] }
  test('members that are not declared are dropped at every depth', () => {
    const item = z.strictObject({ id: z.string() })
    expect(answer(item.extend({ nested: item, list: z.array(item) }), row)).toEqual({ id: 'a', nested: { id: 'b' }, list: [{ id: 'c' }] })
    expect(answer(z.object({ id: z.string(), nested: item.nullable() }), row)).toEqual({ id: 'a', nested: { id: 'b' } })
    expect(answer(z.record(z.string(), item), { k: row })).toEqual({ k: { id: 'a' } })
  })

  test('members of another choice of a union are dropped too', () => {
    const state = z.discriminatedUnion('state', [
      z.strictObject({ state: z.literal('HELD'), at: z.date() }),
      z.strictObject({ state: z.enum(['REJECTED', 'GONE']), reason: z.string().nullable() }),
    ])
    expect(
      answer(z.array(state), [
        { state: 'HELD', at: moment, reason: 'x', secret: 1 },
        { state: 'GONE', reason: null, at: moment },
      ]),
    ).toEqual([
      { state: 'HELD', at: moment.toISOString() },
      { state: 'GONE', reason: null },
    ])
    expect(answer(z.strictObject({ hold: state.nullable() }), { hold: null })).toEqual({ hold: null })
  })

  test('dates become ISO text, also nullable, in lists and from a codec', () => {
    const schema = z.strictObject({
      a: z.date(),
      b: z.date().nullable(),
      c: z.array(z.date()),
      d: isoDate,
      e: z.date().optional(),
      f: isoDate.nullable(),
    })
    const iso = moment.toISOString()
    expect(answer(schema, { a: moment, b: null, c: [moment], d: moment, f: null })).toEqual({ a: iso, b: null, c: [iso], d: iso, f: null })
    expect(answer(schema, { a: moment, b: moment, c: [], d: moment, e: moment, f: moment })).toEqual({
      a: iso,
      b: iso,
      c: [],
      d: iso,
      e: iso,
      f: iso,
    })
  })

  test('null, undefined, optional and default members keep their meaning', () => {
    const schema = z.strictObject({
      a: z.string().nullable(),
      b: z.string().optional(),
      c: z.int().nullish(),
      d: z.number().default(3),
      e: z.strictObject({ x: z.string() }).nullable(),
    })
    expect(answer(schema, { a: null, c: null, d: 4, e: null })).toEqual({ a: null, c: null, d: 4, e: null })
    expect(answer(schema, { a: 'x', b: 'y', c: 1, d: 0.5, e: { x: 'z' } })).toEqual({ a: 'x', b: 'y', c: 1, d: 0.5, e: { x: 'z' } })
  })

  test('literals, enums, unions, records, intersections, unknown and big integers', () => {
    const schema = z.strictObject({
      literal: z.literal('a'),
      mixed: z.literal(['a', 1]).nullable(),
      choice: z.enum(['x', 'y']).nullable(),
      either: z.union([z.string(), z.number()]),
      text: z.union([z.string(), z.null()]),
      record: z.record(z.string(), z.number().nullable()),
      both: z.intersection(z.object({ l: z.string() }), z.object({ r: z.string() })),
      free: z.unknown(),
      big: z.bigint(),
      float: z.number(),
      whole: z.number().int(),
    })
    const value = {
      literal: 'a',
      mixed: 1,
      choice: null,
      either: 2.5,
      text: null,
      record: { k: null, l: 1.5 },
      both: { l: 'l', r: 'r' },
      free: { any: [1, null] },
      big: 12n,
      float: 0.1,
      whole: 7,
    }
    expect(answer(schema, value)).toEqual({ ...value, big: 12 })
  })

  test('a schema may refer to itself', () => {
    const category = z.strictObject({
      name: z.string(),
      get children() {
        return z.array(category)
      },
    })
    const tree = { name: 'a', secret: 1, children: [{ name: 'b', children: [{ name: 'c', children: [], secret: 1 }] }] }
    const shown = { name: 'a', children: [{ name: 'b', children: [{ name: 'c', children: [] }] }] }
    expect(answer(category, tree)).toEqual(shown)
    expect(answer(z.strictObject({ items: z.array(category) }), { items: [tree] })).toEqual({ items: [shown] })
  })

  test('quotes, control characters and surrogates are escaped', () => {
    const text = 'a"b\\c\n\u0001</script>😀'
    expect(answer(z.strictObject({ text: z.string() }), { text })).toEqual({ text })
  })

  test('a required member that is missing is an error, not a hole', () => {
    expect(() => answer(z.strictObject({ id: z.string() }), {})).toThrow('required')
  })

  test('transforms, sets, tuples and maps are refused when the schema is compiled', () => {
    for (const schema of [
      z.string().transform(Number),
      z.strictObject({ a: z.array(z.string().transform(Number)) }),
      z.preprocess(String, z.string()),
      z.set(z.string()),
      z.tuple([z.string()]),
      z.map(z.string(), z.string()),
    ]) {
      expect(() => toSerializerSchema(schema)).toThrow('a response schema cannot hold')
    }
  })
})

describe('start-up', () => {
  const schema = { operationId: 'x', summary: 'x' }
  const start = async (options: Record<string, unknown>) => {
    const service = createService({ name: 'demo', version: '1', internalSecret: secret, logLevel: 'silent' })
    service.route({ method: 'POST', url: '/x', handler: async () => ({}), ...options })
    try {
      await service.ready()
    } finally {
      await service.close()
    }
  }
  const refused: Record<string, [options: Record<string, unknown>, message: RegExp]> = {
    'a route without access': [{ schema }, /POST \/x: config\.access must be one of/u],
    'an unknown access': [{ schema, config: { access: 'root' } }, /config\.access/u],
    'a route without operationId or summary': [{ schema: {}, config: { access: 'public' } }, /operationId and schema\.summary/u],
    'a body that drops unknown fields': [
      { schema: { ...schema, body: z.object({ a: z.string() }) }, config: { access: 'public' } },
      /body: every object must be a z\.strictObject/u,
    ],
    'a body with a loose object deep inside': [
      { schema: { ...schema, body: z.strictObject({ a: z.array(z.looseObject({})).optional() }) }, config: { access: 'public' } },
      /body: every object/u,
    ],
    'a body that is coerced': [
      { schema: { ...schema, body: z.strictObject({ a: z.coerce.number() }) }, config: { access: 'public' } },
      /no coercion/u,
    ],
    'a query that drops unknown fields': [
      { schema: { ...schema, querystring: z.object({}) }, config: { access: 'public' } },
      /querystring: every object/u,
    ],
    'a response with a transform': [
      { schema: { ...schema, response: { 200: z.strictObject({ a: z.string().transform(Number) }) } }, config: { access: 'public' } },
      /POST \/x 200: a response schema cannot hold a transform/u,
    ],
    'a problem that is not registered': [
      { schema: { ...schema, problems: ['no-such-problem'] }, config: { access: 'public' } },
      /no-such-problem, which is not in the problem registry/u,
    ],
    'a schema that is not zod': [{ schema: { ...schema, body: { type: 'object' } }, config: { access: 'public' } }, /is not a zod schema/u],
  }
  for (const [name, [options, message]] of Object.entries(refused))
    test(`refuses ${name}`, () => expect(start(options)).rejects.toThrow(message))

  test('refuses two operations of one name, and names every fault at once', async () => {
    const service = createService({ name: 'demo', version: '1', internalSecret: secret, logLevel: 'silent' })
    const options = { config: { access: 'public' }, schema } as const
    service.get('/a', options, async () => ({}))
    service.get('/b', options, async () => ({}))
    service.get('/c', async () => ({}))
    const failure: unknown = await service.ready().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(String(failure)).toMatch(/GET \/c: config\.access[\s\S]*operationId x is used twice/u)
    await service.close()
  })
})
