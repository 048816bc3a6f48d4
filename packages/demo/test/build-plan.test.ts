import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPlan } from '../src/build-plan.ts'
import { readRetailFile } from '../src/retail-file.ts'
import { sampleRows } from '../src/sample-rows.ts'

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retail-'))
})
afterAll(async () => rm(folder, { recursive: true }))

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('the plan made from a file', () => {
  it('merges lines of one SKU and takes the name and price seen most often', async () => {
    const path = await file(
      'merge.csv',
      `\uFEFF${header}\n1,20001a,"MUG, RED",2,x,1.50,7.0,UK\n1,20001A,"MUG, RED",3,x,1.50,7.0,UK\n2,20001A,CUP,1,x,9.99,8.0,UK\n`,
    )
    const plan = await buildPlan(readRetailFile(path), 10)
    expect(plan.orders[0]).toEqual({ invoice: '1', customer: '7', lines: [{ sku: '20001A', quantity: 5 }] })
    expect(plan.products).toEqual([{ sku: '20001A', name: 'MUG, RED', priceCents: 150, stock: 10 }])
  })

  it('counts rows that end early instead of stopping at them', async () => {
    const path = await file('short.csv', `${header}\n1,20001\n2,20002,MUG,1,x,1.00,8.0,UK\n`)
    const plan = await buildPlan(readRetailFile(path), 10)
    expect(plan).toMatchObject({ rows: 2, refusedRows: { 'quantity unusable': 1 } })
    expect(plan.orders).toHaveLength(1)
  })

  it('names the columns that a file lacks', async () => {
    const path = await file('other.csv', 'a,b\n1,2\n')
    await expect(buildPlan(readRetailFile(path), 10)).rejects.toThrow('no column InvoiceNo, StockCode')
  })

  it('keeps the first invoices and all products', async () => {
    const plan = await buildPlan(sampleRows(200, 7), 50)
    expect(plan.orders).toHaveLength(50)
    expect(plan.products).toHaveLength(3_000)
  })

  it('is the same for the same seed and another for another', async () => {
    const [one, same, other] = await Promise.all([7, 7, 8].map(async (seed) => buildPlan(sampleRows(100, seed), 100)))
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })

  it('counts every fault of the sample by its reason', async () => {
    const { refusedRows } = await buildPlan(sampleRows(200, 7), 200)
    expect(Object.keys(refusedRows).toSorted()).toEqual(['customer missing', 'not a product', 'price is zero', 'return or correction'])
  })
})
