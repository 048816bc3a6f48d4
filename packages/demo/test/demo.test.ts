import { existsSync } from 'node:fs'
import { demoLogins, startStack, type Stack } from '@polystore/dev-stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPlan } from '../src/build-plan.ts'
import { readRetailFile } from '../src/retail-file.ts'
import { runDemo } from '../src/run-demo.ts'
import { sampleRows } from '../src/sample-rows.ts'

const file = process.env['DEMO_FILE']
const staff = { email: demoLogins.admin, password: demoLogins.password }
let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => stack.stop())

describe('the demo through the gateway', () => {
  it('1,000 invoices, 16 at a time, every tenth twice: the oracle holds', async () => {
    const rows = file !== undefined && existsSync(file) ? readRetailFile(file) : sampleRows(1_000, 1)
    const plan = await buildPlan(rows, 1_000)
    const report = await runDemo({ url: stack.urls.gateway, staff, plan, width: 16, onProgress: () => {} })
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(report).toMatchObject({ ok: true, orders: 1_000, refusedProducts: 0 })
    expect(report.accepted).toBeGreaterThan(500)
    expect(report.refused).toBeGreaterThan(0)
  })

  it('holds again on a shop that has been used', async () => {
    const { products, ...rest } = await buildPlan(sampleRows(100, 2), 100)
    const ordered = new Set(rest.orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
    const plan = { ...rest, products: products.filter(({ sku }) => ordered.has(sku)) }
    const report = await runDemo({ url: stack.urls.gateway, staff, plan, width: 16, onProgress: () => {} })
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
  })
})
