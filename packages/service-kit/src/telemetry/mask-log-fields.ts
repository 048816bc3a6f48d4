import { maskSecrets } from '@polystore/db-core'

// Serializers of their own copy named fields of these.
const serialized = new Set(['err', 'error', 'req', 'res'])
const secretNames = new Map<string, boolean>()
const maximumNames = 1_000

/** Masks the fields of a log line, at any depth. What plainly holds no secret is not walked: most lines are ids and numbers. */
export function maskLogFields(fields: Record<string, unknown>): Record<string, unknown> {
  const masked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields))
    masked[name] = serialized.has(name) || isPlain(name, value) ? value : maskField(name, value)
  return masked
}

/** Masks a message or an argument of one. */
export function maskLogText(text: string): string {
  return /^(?!.*(?:bearer|basic|digest|eyJ))[\w ,.'-]{0,80}$/iu.test(text) ? text : maskSecrets(text)
}

// Ids, words and route patterns; a token would be longer, a connection string has other characters.
function isPlain(name: string, value: unknown): boolean {
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return true
  return typeof value === 'string' && /^(?:[\w.-]|\/:?){0,64}$/u.test(value) && !isSecretName(name)
}

function isSecretName(name: string): boolean {
  const known = secretNames.get(name)
  if (known !== undefined) return known
  const isSecret = maskField(name, 'x') !== 'x'
  if (secretNames.size < maximumNames) secretNames.set(name, isSecret)
  return isSecret
}

function maskField(name: string, value: unknown): unknown {
  const masked = maskSecrets({ [name]: value })
  return typeof masked === 'object' && masked !== null ? Object.values(masked)[0] : masked
}
