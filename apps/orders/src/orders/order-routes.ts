import { Problem, type Identity, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { cancelOrder } from './cancel-order.ts'
import { fulfilOrder } from './fulfil-order.ts'
import { getOrder, type Viewer } from './get-order.ts'
import { listOrders } from './list-orders.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import {
  allOrdersQuery,
  reasonBody,
  idempotencyKey,
  myOrdersQuery,
  orderDetail,
  orderList,
  orderParams,
  orderView,
  placeOrderBody,
  placeOrderProblems,
} from './order-schemas.ts'
import { placeOrder } from './place-order.ts'
import { sendPlacedOrder } from './placed-order-reply.ts'

const tags = ['orders']

export function orderRoutes(service: Service, dependencies: OrderDependencies): void {
  placeRoute(service, dependencies)
  listRoutes(service, dependencies)
  oneOrderRoutes(service, dependencies)
  fulfilRoutes(service, dependencies)
}

function placeRoute(service: Service, dependencies: OrderDependencies): void {
  service.post(
    '/orders',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'placeOrder',
        summary: 'Place an order, once per Idempotency-Key',
        tags,
        headers: z.looseObject({ 'idempotency-key': z.string().optional().meta({ description: 'Required. Kept for 24 hours.' }) }),
        body: placeOrderBody,
        response: { 201: orderView },
        problems: ['idempotency-key-missing', 'idempotency-key-reused', ...placeOrderProblems],
      },
    },
    async (request, reply) => {
      const idempotencyKey = keyOf(request.headers['idempotency-key'])
      const { body, identity } = request
      const input = { userId: viewerOf(identity).id, idempotencyKey, lines: body.lines }
      sendPlacedOrder(reply, await placeOrder(dependencies, input))
      return reply
    },
  )
}

function listRoutes(service: Service, dependencies: OrderDependencies): void {
  service.get(
    '/orders',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listMyOrders',
        summary: 'My orders, newest first unless sorted',
        tags,
        querystring: myOrdersQuery.schema,
        response: { 200: orderList },
        problems: ['invalid-cursor'],
      },
    },
    async (request) => listOrders(dependencies, { ...request.query, userId: viewerOf(request.identity).id }),
  )

  service.get(
    '/orders/all',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'listAllOrders',
        summary: 'Everybody’s orders, newest first unless sorted',
        tags,
        querystring: allOrdersQuery.schema,
        response: { 200: orderList },
        problems: ['invalid-cursor'],
      },
    },
    async (request) => listOrders(dependencies, request.query),
  )
}

function oneOrderRoutes(service: Service, dependencies: OrderDependencies): void {
  service.get(
    '/orders/:id',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getOrder',
        summary: 'One order with its history',
        tags,
        params: orderParams,
        response: { 200: orderDetail },
        problems: ['not-found'],
      },
    },
    async (request) => getOrder(dependencies, request.params.id, viewerOf(request.identity)),
  )

  service.post(
    '/orders/:id/cancel',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'cancelOrder',
        summary: 'Cancel an order that has not been shipped',
        tags,
        params: orderParams,
        body: reasonBody,
        response: { 200: orderDetail },
        problems: ['not-found', 'invalid-transition', 'conflict'],
      },
    },
    async (request) => {
      const { id: orderId } = request.params
      const { identity, body } = request
      return cancelOrder(dependencies, { orderId, viewer: viewerOf(identity), reason: body.reason ?? 'by request' })
    },
  )
}

function fulfilRoutes(service: Service, dependencies: OrderDependencies): void {
  for (const { action, to, summary } of fulfilments) {
    service.post(
      `/orders/:id/${action}`,
      {
        config: { access: 'staff' },
        schema: {
          operationId: `${action}Order`,
          summary,
          tags,
          params: orderParams,
          body: reasonBody,
          response: { 200: orderDetail },
          problems: ['not-found', 'invalid-transition', 'conflict'],
        },
      },
      async ({ params, identity, body }) => {
        const reason = body.reason ?? to.toLowerCase()
        return fulfilOrder(dependencies, { orderId: params.id, to, staff: viewerOf(identity), reason })
      },
    )
  }
}

const fulfilments = [
  { action: 'ship', to: 'SHIPPED', summary: 'The confirmed order has left the house' },
  { action: 'deliver', to: 'DELIVERED', summary: 'The shipped order has arrived' },
] as const

function viewerOf(identity: Identity): Viewer {
  if (identity.kind !== 'user') throw new Problem('unauthenticated')
  return { id: identity.id, staff: identity.roles.includes('staff') || identity.roles.includes('admin') }
}

function keyOf(header: string | undefined): string {
  if (header === undefined || header === '') throw new Problem('idempotency-key-missing')
  const parsed = idempotencyKey.safeParse(header)
  if (!parsed.success)
    throw new Problem('idempotency-key-missing', { detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters.' })
  return parsed.data
}
