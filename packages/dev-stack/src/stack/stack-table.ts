import Table from 'cli-table3'
import { demoLogins } from './stack-environment.ts'
import type { Stack } from './start-stack.ts'

/** What a person wants to know after the start. */
export function stackTable({ urls, dataDir }: Stack): string {
  const table = new Table({
    style: { border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  table.push(
    ['API (gateway)', urls.gateway],
    ['API documentation', `${urls.gateway}/docs`],
    ['OpenAPI', `${urls.gateway}/openapi.json`],
    ['auth', `${urls.auth}/docs`],
    ['mails of auth', `${urls.auth}/mailbox`],
    ['products', `${urls.products}/docs`],
    ['orders', `${urls.orders}/docs`],
    ['PostgreSQL', withoutPassword(urls.postgres)],
    ['MongoDB', urls.mongo],
    ...(urls.rabbitmq === undefined ? [] : [['RabbitMQ', withoutPassword(urls.rabbitmq)]]),
    ['demo login', `${demoLogins.customer}  ${demoLogins.password}`],
    ['staff login', `${demoLogins.admin}  ${demoLogins.password}`],
    ['logs and data', dataDir],
  )
  return table.toString()
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  url.password = ''
  return url.href
}
