import { runAs } from '@polystore/db-core'
import { etag, Problem, requireIfMatch, type Identity, type Service } from '@polystore/service-kit'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { actorOf, isStaff } from '../viewer.ts'
import { changeProduct } from './change-product.ts'
import { createProduct } from './create-product.ts'
import { listProducts } from './list-products.ts'
import { patchProduct } from './patch-product.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import {
  productBody,
  productListQuery,
  productPage,
  productParams,
  productPatch,
  productView,
  slugParams,
  type ProductView,
} from './product-schemas.ts'
import { toProductView } from './product-view.ts'
import { restoreProduct } from './restore-product.ts'

const tags = ['products']
const writeProblems = ['conflict', 'foreign-key'] as const
const changeProblems = ['not-found', ...writeProblems, 'stale-version', 'precondition-required'] as const

export function productRoutes(service: Service, dependencies: ProductDependencies): void {
  const { products } = dependencies

  service.get(
    '/products',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listProducts',
        summary: 'Active products; staff sees every status',
        tags,
        querystring: productListQuery,
        response: { 200: productPage },
        problems: ['invalid-cursor', 'forbidden'],
      },
    },
    async (request) => {
      const page = await listProducts(dependencies, { ...request.query, staff: isStaff(request.identity) })
      return { ...page, items: page.items.map(toProductView) }
    },
  )

  service.get(
    '/products/:id',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getProduct',
        summary: 'One product',
        tags,
        params: productParams,
        response: { 200: productView },
        problems: ['not-found'],
      },
    },
    async (request, reply) => send(reply, visible(await products.get(request.params.id), request.identity)),
  )

  service.get(
    '/products/by-slug/:slug',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getProductBySlug',
        summary: 'One product by its slug',
        tags,
        params: slugParams,
        response: { 200: productView },
        problems: ['not-found'],
      },
    },
    async (request, reply) =>
      send(reply, visible(await products.getOne({ slug: { eq: request.params.slug } }), request.identity)),
  )

  service.post(
    '/products',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'createProduct',
        summary: 'Create a product, with an empty stock for each SKU',
        tags,
        body: productBody,
        response: { 201: productView },
        problems: writeProblems,
      },
    },
    async (request, reply) => {
      const row = await createProduct(dependencies, { body: request.body, signal: request.signal })
      return send(reply.code(201).header('location', `/products/${row.id}`), row)
    },
  )

  service.put(
    '/products/:id',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'replaceProduct',
        summary: 'Replace a product',
        tags,
        params: productParams,
        body: productBody,
        response: { 200: productView },
        problems: changeProblems,
      },
    },
    async (request, reply) => {
      const { params, body, signal } = request
      const version = requireIfMatch(request)
      return send(reply, await changeProduct(dependencies, { ...params, version, change: () => body, signal }))
    },
  )

  service.patch(
    '/products/:id',
    {
      config: { access: 'staff', mediaTypes: ['application/merge-patch+json'] },
      schema: {
        operationId: 'patchProduct',
        summary: 'Change parts of a product by merge patch',
        tags,
        params: productParams,
        body: productPatch,
        response: { 200: productView },
        problems: changeProblems,
      },
    },
    async (request, reply) => {
      const { params, body, signal } = request
      const version = requireIfMatch(request)
      return send(reply, await patchProduct(dependencies, { ...params, version, patch: body, signal }))
    },
  )

  service.delete(
    '/products/:id',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'deleteProduct',
        summary: 'Delete a product; it can be restored',
        tags,
        params: productParams,
        response: { 204: z.undefined() },
        problems: ['not-found'],
      },
    },
    async (request, reply) => {
      await runAs(actorOf(request.identity), () => products.delete(request.params.id))
      return reply.code(204).send()
    },
  )

  service.post(
    '/products/:id/restore',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'restoreProduct',
        summary: 'Bring a deleted product back',
        tags,
        params: productParams,
        response: { 200: productView },
        problems: ['not-found', 'conflict'],
      },
    },
    async (request, reply) => send(reply, await restoreProduct(dependencies, request.params.id)),
  )
}

function send(reply: FastifyReply, row: ProductRow): ProductView {
  reply.header('etag', etag(row.version))
  return toProductView(row)
}

/** What is not active does not exist for customers. */
function visible(row: ProductRow, identity: Identity): ProductRow {
  if (row.status !== 'active' && !isStaff(identity)) throw new Problem('not-found')
  return row
}
