import { repositoryProblems } from '@polystore/db-core/problem'

export interface ProblemDefinition {
  readonly status: number
  readonly title: string
  /** One or two sentences for the page: when it happens and what the client can do. */
  readonly description: string
}

/** Every problem a client can meet, once. The slug is the last part of `type`, and the path of its page. */
export const problemRegistry = {
  ...repositoryProblems,

  // The request itself
  'malformed-request': {
    status: 400,
    title: 'Malformed HTTP request',
    description: 'The bytes sent are not a valid HTTP/1.1 request, or contradict each other. Use a standard HTTP client.',
  },
  'invalid-url': {
    status: 400,
    title: 'Invalid URL',
    description: 'The path or the query string is not valid percent-encoded UTF-8, or holds dot segments, backslashes or NUL.',
  },
  'invalid-json': {
    status: 400,
    title: 'Invalid JSON',
    description: 'The body is empty, not JSON in UTF-8, nested too deeply, or holds names or characters that are refused.',
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    description: 'Parts of the request do not match the schema of the operation; `errors` names each of them.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'Idempotency key missing',
    description: 'The operation needs an Idempotency-Key header of 1 to 255 visible characters.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    description: 'The resource exists and does not know this method; the Allow header lists those it knows.',
  },
  'request-timeout': { status: 408, title: 'Request timeout', description: 'The request took too long to arrive.' },
  'body-too-large': { status: 413, title: 'Body too large', description: 'The body exceeds what the operation takes.' },
  'uri-too-long': { status: 414, title: 'URI too long', description: 'The path, or one part of it, is too long.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    description: 'Bodies are JSON in UTF-8 without content encoding.',
  },
  'expectation-failed': { status: 417, title: 'Expectation failed', description: 'The only expectation that is met is 100-continue.' },
  'headers-too-large': { status: 431, title: 'Headers too large', description: 'The request line and headers exceed 16 KiB.' },

  // Who asks
  unauthenticated: {
    status: 401,
    title: 'Not authenticated',
    description: 'The operation needs a valid access token in the Authorization header.',
  },
  'invalid-token': {
    status: 401,
    title: 'Invalid token',
    description: 'The access token is expired, revoked or not genuine. Refresh it or sign in again.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'Invalid credentials',
    description: 'The e-mail address and the password do not belong together.',
  },
  'invalid-refresh-token': {
    status: 401,
    title: 'Invalid refresh token',
    description: 'The refresh token is unknown, expired or spent, or its session has ended. Sign in again.',
  },
  'not-through-gateway': {
    status: 401,
    title: 'Not through the gateway',
    description: 'Services take requests only from the gateway and from each other. Use the public address.',
  },
  forbidden: { status: 403, title: 'Forbidden', description: 'You are known, and may not do this.' },
  'insufficient-scope': {
    status: 403,
    title: 'Insufficient scope',
    description: 'The API key was made without the scope that the operation needs, or the operation takes no API key at all.',
  },
  'wrong-password': {
    status: 422,
    title: 'Wrong password',
    description: 'The password you have now is not the one that was sent. It counts as a failed sign-in.',
  },
  'user-inactive': { status: 403, title: 'Account inactive', description: 'The account is deactivated. An administrator can activate it.' },

  // The state of things
  'insufficient-stock': {
    status: 409,
    title: 'Insufficient stock',
    description: 'Less is available than was asked for; `errors` names the SKUs.',
  },
  'invalid-transition': { status: 409, title: 'Invalid transition', description: 'The resource is not in a state that allows this step.' },
  'order-cancelled': {
    status: 409,
    title: 'Order cancelled',
    description: 'The order was cancelled before it was confirmed. Use a new Idempotency-Key to order again.',
  },
  'last-admin': {
    status: 409,
    title: 'Last administrator',
    description: 'Nobody else who is active administers users. Make somebody else an administrator first.',
  },
  'cart-empty': { status: 409, title: 'Cart empty', description: 'There is nothing in the cart to check out.' },
  'cart-full': {
    status: 409,
    title: 'Cart full',
    description: 'The cart holds as many different SKUs as a cart may. Remove one, or check out first.',
  },
  'idempotency-in-flight': {
    status: 409,
    title: 'Request in flight',
    description: 'A request with the same Idempotency-Key is still running. Try again in a moment.',
  },
  'too-many-api-keys': {
    status: 409,
    title: 'Too many API keys',
    description: 'You have as many API keys as you may have at once. Revoke one first.',
  },
  'invalid-link': {
    status: 422,
    title: 'Invalid link',
    description: 'The link of the mail is unknown, used or expired. Ask for a new one.',
  },
  'unknown-sku': { status: 422, title: 'Unknown SKU', description: 'A line names a SKU that is not for sale; `errors` names it.' },
  'mixed-currencies': { status: 422, title: 'Mixed currencies', description: 'All lines of an order must have prices in one currency.' },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    description: 'The same Idempotency-Key came with another body. Use a new key for a new request.',
  },
  'precondition-required': {
    status: 428,
    title: 'Precondition required',
    description: 'Send the ETag you have read in an If-Match header.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many open streams',
    description: 'You have as many streams of events open as you may at once. Close one first.',
  },
  'login-throttled': {
    status: 429,
    title: 'Too many failed logins',
    description: 'Too many passwords for this account, or from your address, were wrong. Wait for as long as the Retry-After header says.',
  },
  'rate-limited': { status: 429, title: 'Too many requests', description: 'Wait for as long as the Retry-After header says.' },

  // The service
  'bad-gateway': { status: 502, title: 'Bad gateway', description: 'A service behind this one gave an answer that cannot be used.' },
  'service-unavailable': {
    status: 503,
    title: 'Service unavailable',
    description: 'The service is starting, stopping or at its limit. Try again later.',
  },
  'not-ready': {
    status: 503,
    title: 'Not ready',
    description: 'The service is starting, or waits for its database or for the migrations of it. Try again later.',
  },
  'upstream-unavailable': {
    status: 503,
    title: 'Upstream unavailable',
    description: 'A service behind this one does not answer. Try again later.',
  },
  'handler-timeout': { status: 503, title: 'Took too long', description: 'The operation did not finish in time. Try again later.' },
  'hashing-busy': {
    status: 503,
    title: 'Busy',
    description: 'Too many sign-ins and registrations are under way. Try again after the time in the Retry-After header.',
  },
  'upstream-timeout': { status: 504, title: 'Upstream timeout', description: 'A service behind this one did not answer in time.' },
} as const satisfies Readonly<Record<string, ProblemDefinition>>

export type ProblemSlug = keyof typeof problemRegistry

export function isProblemSlug(text: string): text is ProblemSlug {
  return Object.hasOwn(problemRegistry, text)
}

/** `/problems/<slug>`, the `type` member and the path of the page. */
export function problemType(slug: ProblemSlug): string {
  return `/problems/${slug}`
}
