import fastJsonStringify from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import type { z } from 'zod'
import { isEventStream } from './event-stream.ts'
import { toSerializerSchema } from './serializer-schema.ts'
import { definitionOf, isZodSchema } from './zod-definition.ts'

/** Compiles a response schema once; zod takes no part when an answer is written. */
export const compileResponseSerializer: FastifySerializerCompiler<unknown> = ({ schema, method, url, httpStatus }) => {
  const place = `${method} ${url} ${httpStatus ?? ''}`
  if (!isZodSchema(schema)) throw new Error(`${place}: the response schema is not a zod schema`)
  if (isEmptyBody(schema) || isEventStream(schema)) return () => ''
  return compile(schema, place)
}

/** True for the schema of an answer without a body: z.undefined(), z.void() or z.never(). */
export function isEmptyBody(schema: z.core.$ZodType): boolean {
  return ['undefined', 'void', 'never'].includes(definitionOf(schema).type)
}

function compile(schema: z.core.$ZodType, place: string): (value: unknown) => string {
  try {
    return fastJsonStringify(toSerializerSchema(schema))
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : 'the response schema cannot be compiled'}`, { cause: error })
  }
}
