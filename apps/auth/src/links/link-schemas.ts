import { z } from 'zod'

/** The token of a mail; one that cannot be a token is invalid, not malformed. */
export const linkToken = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'The token of the mail', examples: ['q3mJ8yq0cYw2b7f5o1XGk4sLhN9tVzR6eUaPiDdBxwM'] })

export const verifyEmailBody = z.strictObject({ token: linkToken }).meta({ id: 'VerifyEmail' })
