import type { Readable } from 'node:stream'
import { z } from 'zod'

const mediaType = 'text/event-stream'

/** The answer of a route that sends server-sent events: a stream of their text. The example shows some events as they are sent. */
export function eventStream(example: string): z.ZodType<Readable> {
  return z.custom<Readable>().meta({ type: 'string', contentMediaType: mediaType, examples: [example] })
}

/** True for a schema made by `eventStream`: nothing is serialized, the stream is passed on. */
export function isEventStream(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.['contentMediaType'] === mediaType
}
