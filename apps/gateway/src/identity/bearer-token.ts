export type Credentials = { kind: 'none' } | { kind: 'malformed' } | { kind: 'token'; token: string }

const longestToken = 8_192
const bearer = /^bearer ([A-Za-z0-9._~+/-]+=*)$/iu
const none: Credentials = Object.freeze({ kind: 'none' })
const malformed: Credentials = Object.freeze({ kind: 'malformed' })

/** Reads the one bearer token of a request. Two headers, another scheme, or a token in the query are malformed. */
export function readCredentials(rawHeaders: readonly string[], query: string): Credentials {
  const values = authorizationValues(rawHeaders)
  if (values.length > 1 || /[?&]access_token=/iu.test(query)) return malformed
  const [value] = values
  if (value === undefined) return none
  const token = value.length > longestToken ? undefined : bearer.exec(value)?.[1]
  return token === undefined ? malformed : { kind: 'token', token }
}

/** Node keeps only the first of two Authorization headers, so they are counted where it has not looked yet. */
function authorizationValues(rawHeaders: readonly string[]): string[] {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 13 && name.toLowerCase() === 'authorization') values.push(rawHeaders[index + 1] ?? '')
  }
  return values
}
