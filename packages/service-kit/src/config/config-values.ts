import { z } from 'zod'

/** A whole number in an environment variable. Bounds are inclusive. */
export function configInteger(bounds: { min: number; max: number }): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^-?\d{1,15}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(bounds.min, `must be at least ${bounds.min}`).max(bounds.max, `must be at most ${bounds.max}`))
}

/** `true` or `false`, also `1` or `0`. */
export function configBoolean(): z.ZodType<boolean, string> {
  return z.enum(['true', 'false', '1', '0'], 'must be true or false').transform((text) => text === 'true' || text === '1')
}

/** A URL of one of the protocols, such as `['postgres:', 'postgresql:']`. The fault never quotes the value. */
export function configUrl(protocols: readonly string[]): z.ZodType<string, string> {
  return z
    .string()
    .refine(
      (text) => hasProtocol(text, protocols),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )
}

/** A comma-separated list of URLs with at least one entry; spaces and trailing slashes are dropped. */
export function configUrlList(protocols: readonly string[]): z.ZodType<readonly string[], string> {
  return configList().pipe(z.array(configUrl(protocols)).min(1, 'must name at least one URL'))
}

/** A comma-separated list; spaces around entries and empty entries are dropped. */
export function configList(): z.ZodType<string[], string> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim().replace(/\/+$/u, ''))
      .filter((entry) => entry !== ''),
  )
}

/** A secret of at least 32 characters. */
export function configSecret(): z.ZodType<string, string> {
  return z.string().min(32, 'must have at least 32 characters').max(4_096, 'must have at most 4096 characters').meta({ secret: true })
}

/** A TCP port; 0 lets the system choose. */
export function configPort(): z.ZodType<number, string> {
  return configInteger({ min: 0, max: 65_535 })
}

// A MongoDB URL may name several hosts, which URL.parse refuses, so only the protocol is looked at.
function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return protocols.some((protocol) => text.startsWith(`${protocol}//`) && text.length > protocol.length + 2 && !/[\s\u0000]/u.test(text))
}
