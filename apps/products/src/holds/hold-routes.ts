import { hold, holdList, holdOutcomes, holdRequest, orderId, reserveRequest } from '@polystore/contracts'
import { Problem, queryInteger, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { runHoldCommands, type HoldDependencies } from './run-hold-commands.ts'

const tags = ['holds']
const params = z.strictObject({ orderId })
const holdState = z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED', 'TOMBSTONE'])
/** Two thousand lines of the longest SKU. */
const reserveBodyLimitBytes = 262_144

/** For the orders service alone. Every command may be repeated and comes back with the stored result. */
export function holdRoutes(service: Service, dependencies: HoldDependencies): void {
  reserveStockRoute(service, dependencies)
  releaseHoldsRoute(service, dependencies)
  getHoldRoute(service, dependencies)
  listHoldsRoute(service, dependencies)
}

function reserveStockRoute(service: Service, dependencies: HoldDependencies): void {
  service.post(
    '/holds/reserve',
    {
      bodyLimit: reserveBodyLimitBytes,
      config: { access: 'service' },
      schema: {
        operationId: 'reserveStock',
        summary: 'Take all lines of each order or none, once per order',
        description: 'Each order is answered by itself. A refusal is a hold in the state REJECTED, answered with 200.',
        tags,
        body: reserveRequest,
        response: { 200: holdOutcomes },
      },
    },
    async ({ body, deadline: signal }) => {
      const commands = body.orders.map((order) => ({ kind: 'reserve' as const, ...order }))
      return { outcomes: await runHoldCommands(dependencies, commands, signal) }
    },
  )
}

function releaseHoldsRoute(service: Service, dependencies: HoldDependencies): void {
  service.post(
    '/holds/release',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'releaseHolds',
        summary: 'The held or sold stock of each order returns; without a hold a tombstone refuses a late reserve',
        tags,
        body: holdRequest,
        response: { 200: holdOutcomes },
      },
    },
    async ({ body, deadline: signal }) => {
      const commands = body.orderIds.map((id) => ({ kind: 'release' as const, orderId: id }))
      return { outcomes: await runHoldCommands(dependencies, commands, signal) }
    },
  )
}

function getHoldRoute(service: Service, dependencies: HoldDependencies): void {
  service.get(
    '/holds/:orderId',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'getHold',
        summary: 'One hold',
        tags,
        params,
        response: { 200: hold },
        problems: ['not-found'],
      },
    },
    async ({ params: { orderId: id } }) => {
      const found = await dependencies.holds.findHold(id)
      if (found === undefined) throw new Problem('not-found')
      return found
    },
  )
}

function listHoldsRoute(service: Service, dependencies: HoldDependencies): void {
  service.get(
    '/holds',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'listHolds',
        summary: 'Holds by order id, after the given one',
        tags,
        querystring: z.strictObject({
          state: holdState.optional(),
          after: orderId.optional(),
          limit: queryInteger({ min: 1, max: 1_000 }).default(100),
        }),
        response: { 200: holdList },
      },
    },
    async ({ query }) => ({ items: await dependencies.holds.listHolds(query) }),
  )
}
