import { z } from 'zod'
import { linkToken } from '../links/link-schemas.ts'
import { email } from '../users/user-schemas.ts'
import { isCommonPassword } from './common-passwords.ts'

/** A password someone chooses: 8 to 128 characters (code points), any of them but NUL, spaces kept. */
export const newPassword = z
  .string()
  .regex(/^.{8,128}$/su, 'must be 8 to 128 characters')
  .refine(isStorable, 'must be well-formed text without NUL')
  .refine((value) => value.trim() !== '', 'must not be only spaces')
  .refine((value) => !isCommonPassword(value), 'is one of the most common passwords')
  .meta({ description: '8 to 128 characters; common passwords are refused', examples: ['correct horse battery staple'] })

/** A password someone presents; one that nobody can have chosen is wrong, not malformed. */
export const presentedPassword = z
  .string()
  .min(1)
  .max(1_024)
  .meta({ examples: ['correct horse battery staple'] })

export const changePasswordBody = z
  .strictObject({ currentPassword: presentedPassword, newPassword })
  .refine((body) => body.newPassword !== body.currentPassword, { path: ['newPassword'], message: 'must differ from the current one' })
  .meta({
    id: 'ChangePassword',
    examples: [{ currentPassword: 'correct horse battery staple', newPassword: 'staple battery horse correct' }],
  })
export type ChangePasswordBody = z.infer<typeof changePasswordBody>

export const forgotPasswordBody = z.strictObject({ email }).meta({ id: 'ForgotPassword', examples: [{ email: 'ada@example.com' }] })

export const resetPasswordBody = z.strictObject({ token: linkToken, password: newPassword }).meta({ id: 'ResetPassword' })
export type ResetPasswordBody = z.infer<typeof resetPasswordBody>

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\u0000')
}
