import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkLayers } from '../src/layers/check-layers.ts'
import { parseSource, readSources } from '../src/layers/source-files.ts'
import { repositoryRoot } from '../src/workspaces.ts'

const broken = fileURLToPath(new URL('fixtures/broken-layers/', import.meta.url))

test('the sources of this repository keep the layer rules', async () => {
  expect(checkLayers(await readSources(repositoryRoot))).toEqual([])
})

test('the broken example fails on every rule, each named with its file', async () => {
  const found = checkLayers(await readSources(broken)).map(({ file, line, rule }) => `${file}:${line} ${rule}`)
  expect(found.toSorted()).toEqual(
    [
      'apps/orders/src/orders/order-repository.ts:1 no-upward-import',
      'apps/orders/src/orders/order-repository.ts:2 no-upward-import',
      'apps/orders/src/orders/order-table.ts:1 pure-stays-pure',
      'apps/orders/src/orders/order.ts:1 no-upward-import',
      'apps/orders/src/orders/order.ts:2 pure-stays-pure',
      'apps/orders/src/orders/place-order.ts:2 fastify-at-the-edge',
      'apps/orders/src/orders/place-order.ts:3 queries-in-repositories',
      'apps/orders/src/orders/place-order.ts:4 services-apart',
      'apps/orders/src/orders/place-order.ts:5 services-apart',
      'apps/orders/src/orders/place-order.ts:8 environment-in-config',
      'packages/db-core/src/mongo/mongo-store.ts:1 stores-apart',
      'packages/db-core/src/sql/sql-store.ts:1 stores-apart',
      'packages/db-core/src/sql/sql-store.ts:2 packages-below-apps',
      'packages/db-core/src/sql/sql-store.ts:3 packages-below-apps',
    ].toSorted(),
  )
})

test('a check that sees no service is an error, not a pass', () => {
  expect(() => checkLayers([])).toThrow('the layer check found no source of a service')
})

test('imports are found in every form, and not in comments', () => {
  const text = [
    "import { a } from './a.ts'",
    "import type { B } from './b.ts'",
    "import './c.ts'",
    "export * from '../d.ts'",
    "const e = await import('./e.ts')",
    "// import './f.ts'",
    "/* import './g.ts' */",
    'import {',
    '  h,',
    "} from './h.ts'",
  ].join('\n')
  const { imports } = parseSource('apps/x/src/y/z.ts', text)
  const files = ['y/a', 'y/b', 'y/c', 'd', 'y/e', 'y/h'].map((name) => `apps/x/src/${name}.ts`)
  expect(imports.map(({ target }) => target)).toEqual(files)
  expect(imports.at(-1)?.line).toBe(10)
})
