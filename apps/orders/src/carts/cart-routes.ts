import { Problem, type Identity, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import type { OrderDependencies } from '../orders/order-dependencies.ts'
import { orderView, placeOrderProblems } from '../orders/order-schemas.ts'
import { sendPlacedOrder } from '../orders/placed-order-reply.ts'
import type { CartDependencies } from './cart-dependencies.ts'
import { cartLineBody, cartLineParams, cartView, type CartView } from './cart-schemas.ts'
import { cartTag, requireCartTag } from './cart-tag.ts'
import { removeCartLine, setCartLine } from './change-cart.ts'
import { checkOut } from './check-out.ts'
import { getCart } from './get-cart.ts'

const tags = ['carts']
const exampleTag = cartTag({ id: '01912f4e-7c3a-7b2e-8d1f-0123456789ab', version: 3 })

export function cartRoutes(service: Service, dependencies: OrderDependencies & CartDependencies): void {
  readRoute(service, dependencies)
  changeRoutes(service, dependencies)
  checkOutRoute(service, dependencies)
}

function readRoute(service: Service, dependencies: CartDependencies): void {
  service.get(
    '/carts/mine',
    {
      config: { access: 'user' },
      schema: { operationId: 'getMyCart', summary: 'My cart; an empty one when there is none', tags, response: { 200: cartView } },
    },
    async (request, reply) => {
      const cart = await getCart(dependencies, userOf(request.identity))
      return reply.headers(tagOf(cart)).send(cart)
    },
  )
}

function changeRoutes(service: Service, dependencies: CartDependencies): void {
  service.put(
    '/carts/mine/lines/:sku',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'setCartLine',
        summary: 'Put so many of a SKU into my cart, however many were there',
        tags,
        params: cartLineParams,
        body: cartLineBody,
        response: { 200: cartView },
        problems: ['cart-full'],
      },
    },
    async (request, reply) => {
      const line = { userId: userOf(request.identity), sku: request.params.sku, quantity: request.body.quantity }
      const cart = await setCartLine(dependencies, line)
      return reply.headers(tagOf(cart)).send(cart)
    },
  )

  service.delete(
    '/carts/mine/lines/:sku',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'removeCartLine',
        summary: 'Take a SKU out of my cart',
        tags,
        params: cartLineParams,
        response: { 200: cartView },
      },
    },
    async (request, reply) => {
      const cart = await removeCartLine(dependencies, { userId: userOf(request.identity), sku: request.params.sku })
      return reply.headers(tagOf(cart)).send(cart)
    },
  )

  service.delete(
    '/carts/mine',
    {
      config: { access: 'user' },
      schema: { operationId: 'removeMyCart', summary: 'Throw my cart away', tags, response: { 204: z.undefined() } },
    },
    async (request, reply) => {
      await dependencies.carts.removeOfUser(userOf(request.identity))
      return reply.code(204).send()
    },
  )
}

function checkOutRoute(service: Service, dependencies: OrderDependencies & CartDependencies): void {
  service.post(
    '/carts/mine/checkout',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'checkOutMyCart',
        summary: 'Order what is in my cart, once for each version of it',
        description:
          'If-Match names the cart as it was seen. Sent again, also after the cart is gone, it answers the same order. ' +
          'A refusal keeps the cart and gives it a new ETag: read it again and try again.',
        tags,
        headers: z.looseObject({
          'if-match': z
            .string()
            .optional()
            .meta({ description: 'The ETag of the cart', examples: [exampleTag] }),
        }),
        response: { 201: orderView },
        problems: ['precondition-required', 'stale-version', 'cart-empty', ...placeOrderProblems],
      },
    },
    async (request, reply) => {
      const seen = requireCartTag(request.headers['if-match'])
      sendPlacedOrder(reply, await checkOut(dependencies, { userId: userOf(request.identity), seen }))
      return reply
    },
  )
}

function tagOf({ id, version }: CartView): Record<string, string> {
  return id === null ? {} : { etag: cartTag({ id, version }) }
}

function userOf(identity: Identity): string {
  if (identity.kind !== 'user') throw new Problem('unauthenticated')
  return identity.id
}
