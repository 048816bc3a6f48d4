import { Problem, type Identity, type Service } from '@polystore/service-kit'
import { isStaff } from '../viewer.ts'
import { listProducts } from './list-products.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import { productListQuery, productPage, productParams, productView, slugParams } from './product-schemas.ts'
import { sendProduct } from './product-reply.ts'
import { toProductView } from './product-view.ts'

const tags = ['products']

export function productReadRoutes(service: Service, dependencies: ProductDependencies): void {
  listProductsRoute(service, dependencies)
  getProductRoute(service, dependencies)
  getProductBySlugRoute(service, dependencies)
}

function listProductsRoute(service: Service, dependencies: ProductDependencies): void {
  service.get(
    '/products',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listProducts',
        summary: 'Active products; staff sees every status',
        tags,
        querystring: productListQuery.schema,
        response: { 200: productPage },
        problems: ['invalid-cursor', 'forbidden'],
      },
    },
    async (request) => {
      const page = await listProducts(dependencies, { ...request.query, staff: isStaff(request.identity) })
      return { ...page, items: page.items.map(toProductView) }
    },
  )
}

function getProductRoute(service: Service, { products }: ProductDependencies): void {
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
    async (request, reply) => sendProduct(reply, visible(await products.get(request.params.id), request.identity)),
  )
}

function getProductBySlugRoute(service: Service, { products }: ProductDependencies): void {
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
    async (request, reply) => sendProduct(reply, visible(await products.getOne({ slug: { eq: request.params.slug } }), request.identity)),
  )
}

/** What is not active does not exist for customers. */
function visible(row: ProductRow, identity: Identity): ProductRow {
  if (row.status !== 'active' && !isStaff(identity)) throw new Problem('not-found')
  return row
}
