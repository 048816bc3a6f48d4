import { hold, holdList, orderId, reserveRequest } from '@polystore/contracts'
import { Problem, queryInteger, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { commitHold } from './commit-hold.ts'
import type { HoldDependencies } from './hold-dependencies.ts'
import { releaseHold } from './release-hold.ts'
import { reserveStock } from './reserve-stock.ts'

const tags = ['holds']
const params = z.strictObject({ orderId })
const holdState = z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED', 'TOMBSTONE'])
/** A thousand lines of the longest SKU. */
const reserveBodyLimitBytes = 262_144

/** For the orders service alone. Every command may be repeated and comes back with the stored result. */
export function holdRoutes(service: Service, dependencies: HoldDependencies): void {
  reserveStockRoute(service, dependencies)
  commitHoldRoute(service, dependencies)
  releaseHoldRoute(service, dependencies)
  getHoldRoute(service, dependencies)
  listHoldsRoute(service, dependencies)
}

function reserveStockRoute(service: Service, dependencies: HoldDependencies): void {
  service.put(
    '/holds/:orderId',
    {
      bodyLimit: reserveBodyLimitBytes,
      config: { access: 'service' },
      schema: {
        operationId: 'reserveStock',
        summary: 'Take all lines or none, once per order',
        description: 'A refusal is a hold in the state REJECTED, answered with 200.',
        tags,
        params,
        body: reserveRequest,
        response: { 200: hold },
      },
    },
    async ({ params: { orderId: id }, body, deadline: signal }) => reserveStock(dependencies, { orderId: id, lines: body.lines, signal }),
  )
}

function commitHoldRoute(service: Service, dependencies: HoldDependencies): void {
  service.post(
    '/holds/:orderId/commit',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'commitHold',
        summary: 'The held stock is sold',
        tags,
        params,
        response: { 200: hold },
        problems: ['not-found', 'invalid-transition'],
      },
    },
    async ({ params: { orderId: id }, deadline: signal }) => commitHold(dependencies, { orderId: id, signal }),
  )
}

function releaseHoldRoute(service: Service, dependencies: HoldDependencies): void {
  service.post(
    '/holds/:orderId/release',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'releaseHold',
        summary: 'The held or sold stock returns; without a hold a tombstone refuses a late reserve',
        tags,
        params,
        response: { 200: hold },
      },
    },
    async ({ params: { orderId: id }, deadline: signal }) => releaseHold(dependencies, { orderId: id, signal }),
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
