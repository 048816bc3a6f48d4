import { stockAudit, stockAuditList, sku } from '@polystore/contracts'
import { pageQuery, queryInteger, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { actorOf, isStaff } from '../viewer.ts'
import { adjustStock, onceByClient, type AdjustStockDependencies } from './adjust-stock.ts'
import { auditStock, type AuditStockDependencies } from './audit-stock.ts'
import { listMovements, type ListMovementsDependencies } from './list-movements.ts'
import { repairStock } from './repair-stock.ts'
import { setThreshold } from './set-threshold.ts'
import {
  adjustmentBody,
  adjustmentHeaders,
  movementPage,
  movementView,
  stockParams,
  stockView,
  thresholdBody,
  type MovementView,
  type StockView,
} from './stock-schemas.ts'
import type { Movement } from './movement.ts'
import { toMovement } from './movement-repository.ts'
import type { StockRow } from './stock-repository.ts'

const tags = ['stock']

type StockRouteDependencies = AdjustStockDependencies & AuditStockDependencies & ListMovementsDependencies

export function stockRoutes(service: Service, dependencies: StockRouteDependencies): void {
  getStockRoute(service, dependencies)
  setLowStockThresholdRoute(service, dependencies)
  adjustStockRoute(service, dependencies)
  listStockMovementsRoute(service, dependencies)
  auditStockRoute(service, dependencies)
  repairStockRoute(service, dependencies)
}

function getStockRoute(service: Service, { stock }: StockRouteDependencies): void {
  service.get(
    '/stock/:sku',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getStock',
        summary: 'What is available; staff sees reserved, sold and the threshold as well',
        tags,
        params: stockParams,
        response: { 200: stockView },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const row = await stock.get(request.params.sku)
      return isStaff(request.identity) ? toStaffView(row) : { sku: row.id, available: row.available }
    },
  )
}

function setLowStockThresholdRoute(service: Service, dependencies: StockRouteDependencies): void {
  service.patch(
    '/stock/:sku',
    {
      config: { access: 'staff', mediaTypes: ['application/merge-patch+json', 'application/json'] },
      schema: {
        operationId: 'setLowStockThreshold',
        summary: 'Set when stock counts as low; null never',
        tags,
        params: stockParams,
        body: thresholdBody,
        response: { 200: stockView },
        problems: ['not-found'],
      },
    },
    async ({ params, body, deadline: signal }) => toStaffView(await setThreshold(dependencies, { ...params, ...body }, signal)),
  )
}

function adjustStockRoute(service: Service, dependencies: StockRouteDependencies): void {
  service.post(
    '/stock/:sku/adjustments',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'adjustStock',
        summary: 'Add or take away pieces, once per Idempotency-Key',
        tags,
        params: stockParams,
        headers: adjustmentHeaders,
        body: adjustmentBody,
        response: { 201: movementView },
        problems: ['not-found', 'insufficient-stock', 'idempotency-key-reused'],
      },
    },
    async ({ params, body, headers, identity, deadline: signal }, reply) => {
      const input = { ...params, ...body, actor: actorOf(identity), signal }
      const key = headers['idempotency-key']
      const once = key === undefined ? undefined : onceByClient(input, key)
      const { movement, replayed } = await adjustStock(dependencies, { ...input, once })
      if (replayed) reply.header('idempotent-replayed', 'true')
      return reply.code(201).send(toMovementView(toMovement(movement)))
    },
  )
}

function listStockMovementsRoute(service: Service, dependencies: StockRouteDependencies): void {
  service.get(
    '/stock/:sku/movements',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'listStockMovements',
        summary: 'The ledger of one SKU, newest first',
        tags,
        params: stockParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: movementPage },
        problems: ['invalid-cursor'],
      },
    },
    async ({ params, query: { limit, cursor } }) => {
      const page = await listMovements(dependencies, { ...params, limit, cursor })
      return { ...page, items: page.items.map(toMovementView) }
    },
  )
}

function auditStockRoute(service: Service, dependencies: StockRouteDependencies): void {
  service.get(
    '/stock/audit',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'auditStock',
        summary: 'Stock beside its ledger and its holds, by SKU',
        tags,
        querystring: z.strictObject({ after: sku.optional(), limit: queryInteger({ min: 1, max: 1_000 }).default(100) }),
        response: { 200: stockAuditList },
      },
    },
    async ({ query }) => ({ items: await auditStock(dependencies, query) }),
  )
}

function repairStockRoute(service: Service, dependencies: StockRouteDependencies): void {
  service.post(
    '/stock/:sku/repair',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'repairStock',
        summary: 'Set the levels of one SKU to what its ledger and its holds say',
        tags,
        params: stockParams,
        response: { 200: stockAudit },
        problems: ['not-found', 'insufficient-stock'],
      },
    },
    async ({ params, deadline: signal }) => repairStock(dependencies, params.sku, signal),
  )
}

function toStaffView({ id, available, reserved, sold, lowStockAt }: StockRow): StockView {
  return { sku: id, available, reserved, sold, lowStockAt }
}

function toMovementView(movement: Movement): MovementView {
  return { ...movement, at: movement.at.toISOString() }
}
