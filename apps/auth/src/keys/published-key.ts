import { z } from 'zod'
import { publicKey } from './signing-key.ts'

/** One member of the JWK set. */
export const publishedKey = publicKey.extend({
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})
export type PublishedKey = z.infer<typeof publishedKey>

/** How long whoever verifies tokens may keep the key set. */
export const keySetMaxAgeSeconds = 30
