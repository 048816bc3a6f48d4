import { describe, expect, it } from 'vitest'
import { cloudEvent, eventBatch, eventData, subscriptions } from '../src/index.ts'

const event = {
  specversion: '1.0',
  id: '01a1fe35-62dc-75b6-bee1-4d9cf0fd22cf',
  type: 'stock.depleted',
  source: '/products',
  subject: '22914',
  sequence: 7,
  time: '2026-01-31T12:00:00.000Z',
  datacontenttype: 'application/json',
  data: { sku: '22914' },
}

describe('an event', () => {
  it('is an envelope of CloudEvents 1.0; members that are not known are kept', () => {
    expect(cloudEvent.parse({ ...event, comexampleextension: 'x' })).toEqual({ ...event, comexampleextension: 'x' })
  })

  it.each(Object.keys(event).filter((member) => member !== 'data'))('is refused without %s', (member) => {
    expect(cloudEvent.safeParse({ ...event, [member]: undefined }).success).toBe(false)
  })

  it('comes in batches of 1 to 500', () => {
    const takes = (count: number) => eventBatch.safeParse(Array.from({ length: count }, () => event)).success
    expect([0, 1, 500, 501].map(takes)).toEqual([false, true, true, false])
  })

  it('has data of its type: no SKU that is none, no member that is not agreed on', () => {
    const data = eventData['stock.depleted']
    expect(data.safeParse(event.data).success).toBe(true)
    expect(data.safeParse({ sku: '$where' }).success).toBe(false)
    expect(data.safeParse({ ...event.data, price: 1 }).success).toBe(false)
  })

  it('of every type has somebody who is told', () => {
    expect(Object.keys(subscriptions).toSorted()).toEqual(Object.keys(eventData).toSorted())
    expect(Object.values(subscriptions).every((told) => told.length > 0)).toBe(true)
  })
})
