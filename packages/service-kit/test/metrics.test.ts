import { afterAll, beforeAll, expect, test } from 'vitest'
import { customer, type DemoService, signed, startDemoService } from './support/demo-service.ts'

let demo: DemoService
beforeAll(async () => (demo = await startDemoService()))
afterAll(() => demo.close())
const metrics = async () => (await fetch(`${demo.url}/metrics`)).text()

test('requests are counted and timed by method, route pattern and status', async () => {
  for (const path of ['/orders', '/orders', '/orders/01912f4e-7c3a-7b2e-8d1f-0123456789ab', '/orders/zz', '/broken', '/canary-path'])
    await fetch(`${demo.url}${path}`, { headers: signed(customer) })
  const text = await metrics()
  expect(text).toMatch(
    /http_server_request_duration_seconds_count\{[^}]*http_request_method="GET"[^}]*http_route="\/orders"[^}]*http_response_status_code="200"[^}]*\} 2/u,
  )
  expect(text).toMatch(
    /http_server_request_duration_seconds_bucket\{[^}]*http_route="\/orders\/:id"[^}]*http_response_status_code="400"[^}]*le="0\.005"/u,
  )
  expect(text).toMatch(/http_server_request_errors_total\{[^}]*http_route="\/broken"[^}]*\} 1/u)
  expect(text).toMatch(/http_route="\(none\)"[^}]*http_response_status_code="404"/u)
  expect(text).not.toContain('canary-path')
})

test('a service adds its own instruments', async () => {
  demo.service.metrics.meter.createObservableGauge('db.pool.waiting').addCallback((result) => result.observe(3, { pool: 'orders' }))
  expect(await metrics()).toMatch(/db_pool_waiting\{[^}]*pool="orders"[^}]*\} 3/u)
})

test('the process and the service are named', async () => {
  const text = await metrics()
  expect(text).toContain('service_info{name="demo",version="1.2.3"} 1')
  expect(text).toMatch(/process_memory_resident_bytes \d+/u)
  expect(text).toMatch(/process_uptime_seconds \d/u)
})
