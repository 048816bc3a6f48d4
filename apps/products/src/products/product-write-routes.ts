import { runAs } from '@polystore/db-core'
import { requireIfMatch, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { actorOf } from '../viewer.ts'
import { changeProduct } from './change-product.ts'
import { createProduct } from './create-product.ts'
import { patchProduct } from './patch-product.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import { productBody, productParams, productPatch, productView } from './product-schemas.ts'
import { sendProduct } from './product-reply.ts'
import { restoreProduct } from './restore-product.ts'

const tags = ['products']
const writeProblems = ['conflict', 'foreign-key'] as const
const changeProblems = ['not-found', ...writeProblems, 'stale-version', 'precondition-required'] as const

export function productWriteRoutes(service: Service, dependencies: ProductDependencies): void {
  createProductRoute(service, dependencies)
  replaceProductRoute(service, dependencies)
  patchProductRoute(service, dependencies)
  deleteProductRoute(service, dependencies)
  restoreProductRoute(service, dependencies)
}

function createProductRoute(service: Service, dependencies: ProductDependencies): void {
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
      const row = await createProduct(dependencies, { body: request.body, signal: request.deadline })
      return sendProduct(reply.code(201).header('location', `/products/${row.id}`), row)
    },
  )
}

function replaceProductRoute(service: Service, dependencies: ProductDependencies): void {
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
      const { params, body, deadline: signal } = request
      const version = requireIfMatch(request)
      return sendProduct(reply, await changeProduct(dependencies, { ...params, version, change: () => body, signal }))
    },
  )
}

function patchProductRoute(service: Service, dependencies: ProductDependencies): void {
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
      const { params, body, deadline: signal } = request
      const version = requireIfMatch(request)
      return sendProduct(reply, await patchProduct(dependencies, { ...params, version, patch: body, signal }))
    },
  )
}

function deleteProductRoute(service: Service, { products }: ProductDependencies): void {
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
}

function restoreProductRoute(service: Service, dependencies: ProductDependencies): void {
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
    async (request, reply) => sendProduct(reply, await restoreProduct(dependencies, request.params.id)),
  )
}
