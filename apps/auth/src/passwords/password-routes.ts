import type { Service } from '@polystore/service-kit'
import { z } from 'zod'
import { callerOf } from '../audit/caller.ts'
import { currentUserId } from '../users/current-user.ts'
import { changePassword, type ChangePasswordDependencies } from './change-password.ts'
import { changePasswordBody, forgotPasswordBody, resetPasswordBody } from './password-schemas.ts'
import { requestPasswordReset, type RequestPasswordResetDependencies } from './request-password-reset.ts'
import { resetPassword, type ResetPasswordDependencies } from './reset-password.ts'

type PasswordDependencies = ChangePasswordDependencies & ResetPasswordDependencies & RequestPasswordResetDependencies

/** New passwords: for those who know the old one, and for those who forgot it. */
export function passwordRoutes(service: Service, dependencies: PasswordDependencies): void {
  addChangeRoute(service, dependencies)
  service.post(
    '/auth/password/forgot',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'forgotPassword',
        summary: 'Mail a link for a new password; the answer does not tell whether the address is known',
        tags: ['auth'],
        body: forgotPasswordBody,
        response: { 202: z.undefined() },
        problems: ['login-throttled'],
      },
    },
    async (request, reply) => {
      await requestPasswordReset(dependencies, { email: request.body.email, caller: callerOf(request) })
      return reply.code(202).send()
    },
  )

  service.post(
    '/auth/password/reset',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'resetPassword',
        summary: 'Choose a new password by the token of the mail; ends all sessions',
        tags: ['auth'],
        body: resetPasswordBody,
        response: { 204: z.undefined() },
        problems: ['invalid-link', 'login-throttled', 'hashing-busy'],
      },
    },
    async (request, reply) => {
      await resetPassword(dependencies, { body: request.body, caller: callerOf(request), signal: request.deadline })
      return reply.code(204).send()
    },
  )
}

function addChangeRoute(service: Service, dependencies: ChangePasswordDependencies): void {
  service.post(
    '/users/me/password',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'changeMyPassword',
        summary: 'Change my password; ends my other sessions',
        tags: ['users'],
        body: changePasswordBody,
        response: { 204: z.undefined() },
        problems: ['invalid-token', 'wrong-password', 'login-throttled', 'hashing-busy'],
      },
    },
    async (request, reply) => {
      const { body, identity, deadline } = request
      const sessionId = identity.kind === 'user' ? identity.sessionId : undefined
      const change = { userId: currentUserId(request), sessionId, body, caller: callerOf(request), signal: deadline }
      await changePassword(dependencies, change)
      return reply.code(204).send()
    },
  )
}
