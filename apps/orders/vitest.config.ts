import { testConfig } from '@polystore/testing'

/** In containers what is about processes rather than about databases is not run again. */
const onContainers = process.env['CONTAINERS'] === 'required'

export default testConfig({
  test: onContainers
    ? {
        exclude: [
          'test/{crash-points,live-updates,operator,events,carts,known-holes,read-orders,cancel-order,fulfil-order,reconcile-stock}.test.ts',
        ],
      }
    : {},
})
