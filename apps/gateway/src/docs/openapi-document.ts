import { z } from 'zod'

const json = z.json()
const jsonObject = z.record(z.string(), json)

/** The parts of an OpenAPI 3.1 document that merging touches; all else is carried along. */
export const openApiDocument = z.looseObject({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), jsonObject).default({}),
  components: z.record(z.string(), z.record(z.string(), jsonObject)).default({}),
  tags: z.array(z.object({ name: z.string(), description: z.string().optional() })).default([]),
})
export type OpenApiDocument = z.infer<typeof openApiDocument>
export type Json = z.infer<typeof json>
export type JsonObject = z.infer<typeof jsonObject>

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
