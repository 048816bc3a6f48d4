import { demoLogins, startStack, type ServiceName, type Stack } from '@polystore/dev-stack'
import { type ApiDocument, type Operation, operationsOf } from './api-document.ts'
import { type Answer, HttpExchange } from './http-exchange.ts'

export type Caller = 'nobody' | 'a customer' | 'an administrator'

export interface RunningSystem {
  http: HttpExchange
  urls: Stack['urls']
  gateway: ApiDocument
  services: Readonly<Record<Exclude<ServiceName, 'gateway'>, ApiDocument>>
  /** The `type` of every problem that has a page. */
  problemTypes: ReadonlySet<string>
  /** The token of an operation that ends sessions is of an account that nothing else uses. */
  headersOf(caller: Caller, operation?: Operation): Record<string, string>
  stop(): Promise<void>
}

export const callers: readonly Caller[] = ['nobody', 'a customer', 'an administrator']
export const backServices = ['auth', 'products', 'orders'] as const
export const publicPrefix = '/api/v1'

const endingSessions: readonly string[] = ['logOut', 'logOutEverywhere']

/** Whether an operation ends the session of whoever calls it, so that the next call may know its token no more. */
export function endsSessions({ object }: Operation): boolean {
  return endingSessions.includes(object.operationId)
}

/** Databases, four services, what they say of themselves, and a token for each kind of caller. */
export async function startSystem(): Promise<RunningSystem> {
  const stack = await startStack()
  const http = new HttpExchange()
  const { urls } = stack
  const stop = async (): Promise<void> => {
    http.close()
    await stack.stop()
  }
  try {
    const [gateway, auth, products, orders] = await Promise.all(
      ([urls.gateway, urls.auth, urls.products, urls.orders] as const).map((url) => http.json<ApiDocument>(url, '/openapi.json')),
    )
    if (!gateway || !auth || !products || !orders) throw new Error('a service has no description')
    const admin = await logIn(http, urls, demoLogins.admin)
    const tokens = { 'a customer': await logIn(http, urls, demoLogins.customer), 'an administrator': admin }
    const leaving = {
      'a customer': await makeAccount(http, urls, { admin, role: 'customer' }),
      'an administrator': await makeAccount(http, urls, { admin, role: 'admin' }),
    }
    const pages = await http.send(urls.gateway, { method: 'GET', target: '/problems' })
    const problemTypes = new Set([...pages.text.matchAll(/href="(\/problems\/[^"]+)"/gu)].map(([, type = '']) => type))
    const headersOf = (caller: Caller, operation?: Operation): Record<string, string> => {
      if (caller === 'nobody') return {}
      const known = operation !== undefined && endsSessions(operation) ? leaving : tokens
      return { authorization: `Bearer ${known[caller]}` }
    }
    return { http, urls, gateway, services: { auth, products, orders }, problemTypes, headersOf, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whether a caller is let in by what an operation asks for. */
export function mayCall(caller: Caller, access: Operation['access']): boolean {
  if (access === 'open' || access === 'public') return true
  if (access === 'user') return caller !== 'nobody'
  return access !== 'service' && caller === 'an administrator'
}

/** All operations of a service as clients reach them, with the public prefix; those outside of the public address are left out. */
export function publicOperations(document: ApiDocument): Operation[] {
  return operationsOf(document)
    .filter(({ path }) => /^\/(?:auth|users|api-keys|audit|products|categories|stock|orders|carts)(?:\/|$)/u.test(path))
    .map((operation) => ({ ...operation, path: publicPrefix + operation.path }))
}

/** Makes an account and logs it in. */
async function makeAccount(http: HttpExchange, urls: Stack['urls'], { admin, role }: { admin: string; role: string }): Promise<string> {
  const email = `leaving-${role}@example.com`
  const answer = await post(http, urls, {
    path: '/users',
    token: admin,
    body: { email, password: demoLogins.password, fullName: 'Grace Hopper', roles: [role] },
  })
  if (answer.status !== 201) throw new Error(`making ${email} answered ${answer.status}: ${answer.text}`)
  return logIn(http, urls, email)
}

async function logIn(http: HttpExchange, urls: Stack['urls'], email: string): Promise<string> {
  const answer = await post(http, urls, { path: '/auth/login', body: { email, password: demoLogins.password } })
  const session: { access_token?: string } = JSON.parse(answer.text)
  if (session.access_token === undefined) throw new Error(`the login of ${email} answered ${answer.status}`)
  return session.access_token
}

async function post(
  http: HttpExchange,
  urls: Stack['urls'],
  { path, token, body }: { path: string; token?: string; body: unknown },
): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return http.send(urls.gateway, {
    method: 'POST',
    target: publicPrefix + path,
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
}
