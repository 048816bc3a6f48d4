import { etag, requireIfMatch, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import type { CategoryDependencies } from './category-dependencies.ts'
import type { CategoryRow } from './category-repository.ts'
import { categoryBody, categoryListQuery, categoryPage, categoryParams, categoryView, type CategoryView } from './category-schemas.ts'
import { changeCategory } from './change-category.ts'
import { createCategory } from './create-category.ts'
import { deleteCategory } from './delete-category.ts'

const tags = ['categories']

export function categoryRoutes(service: Service, dependencies: CategoryDependencies): void {
  listCategoriesRoute(service, dependencies)
  getCategoryRoute(service, dependencies)
  createCategoryRoute(service, dependencies)
  changeCategoryRoute(service, dependencies)
  deleteCategoryRoute(service, dependencies)
}

function listCategoriesRoute(service: Service, { categories }: CategoryDependencies): void {
  service.get(
    '/categories',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listCategories',
        summary: 'Categories by name',
        tags,
        querystring: categoryListQuery,
        response: { 200: categoryPage },
        problems: ['invalid-cursor'],
      },
    },
    async ({ query: { parentId, limit, cursor } }) => {
      const page = await categories.seek({
        ...(parentId === undefined ? {} : { where: { parentId: parentId === 'root' ? { isNull: true } : { eq: parentId } } }),
        orderBy: [{ field: 'name', direction: 'asc' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      })
      return { ...page, items: page.items.map(toView) }
    },
  )
}

function getCategoryRoute(service: Service, { categories }: CategoryDependencies): void {
  service.get(
    '/categories/:id',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getCategory',
        summary: 'One category',
        tags,
        params: categoryParams,
        response: { 200: categoryView },
        problems: ['not-found'],
      },
    },
    async (request, reply) => {
      const row = await categories.get(request.params.id)
      return reply.header('etag', etag(row.version)).send(toView(row))
    },
  )
}

function createCategoryRoute(service: Service, dependencies: CategoryDependencies): void {
  service.post(
    '/categories',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'createCategory',
        summary: 'Create a category',
        tags,
        body: categoryBody,
        response: { 201: categoryView },
        problems: ['conflict'],
      },
    },
    async (request, reply) => {
      const row = await createCategory(dependencies, request.body)
      return reply.code(201).header('location', `/categories/${row.id}`).header('etag', etag(row.version)).send(toView(row))
    },
  )
}

function changeCategoryRoute(service: Service, dependencies: CategoryDependencies): void {
  service.put(
    '/categories/:id',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'changeCategory',
        summary: 'Rename or move a category',
        tags,
        params: categoryParams,
        body: categoryBody,
        response: { 200: categoryView },
        problems: ['not-found', 'conflict', 'stale-version', 'precondition-required'],
      },
    },
    async (request, reply) => {
      const version = requireIfMatch(request)
      const row = await changeCategory(dependencies, { id: request.params.id, version, body: request.body })
      return reply.header('etag', etag(row.version)).send(toView(row))
    },
  )
}

function deleteCategoryRoute(service: Service, dependencies: CategoryDependencies): void {
  service.delete(
    '/categories/:id',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'deleteCategory',
        summary: 'Delete a category that nothing uses',
        tags,
        params: categoryParams,
        response: { 204: z.undefined() },
        problems: ['not-found', 'foreign-key'],
      },
    },
    async (request, reply) => {
      await deleteCategory(dependencies, request.params.id)
      return reply.code(204).send()
    },
  )
}

function toView({ id, name, slug, parentId, path, version, createdAt, updatedAt }: CategoryRow): CategoryView {
  return {
    id,
    name,
    slug,
    parentId,
    path,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}
