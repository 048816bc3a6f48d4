import type { FastifyInstance } from 'fastify'

/** Whether workers may use the databases as requests do: the service has started, and its schema fits as far as is known. */
export function isServing({ state, schema }: Pick<FastifyInstance, 'state' | 'schema'>): boolean {
  return state.phase !== 'starting' && schema.fault === undefined
}
