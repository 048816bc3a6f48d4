import type { Service } from '@polystore/service-kit'
import { z } from 'zod'
import { callerOf } from '../audit/caller.ts'
import { currentUserId } from '../users/current-user.ts'
import { verifyEmailBody } from './link-schemas.ts'
import { requestVerification, type RequestVerificationDependencies } from './request-verification.ts'
import { verifyEmail, type VerifyEmailDependencies } from './verify-email.ts'

/** Confirmation of e-mail addresses. */
export function linkRoutes(service: Service, dependencies: VerifyEmailDependencies & RequestVerificationDependencies): void {
  service.post(
    '/auth/verify-email',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'verifyEmail',
        summary: 'Confirm an e-mail address by the token that was mailed to it',
        tags: ['auth'],
        body: verifyEmailBody,
        response: { 204: z.undefined() },
        problems: ['invalid-link'],
      },
    },
    async (request, reply) => {
      await verifyEmail(dependencies, { token: request.body.token, caller: callerOf(request) })
      return reply.code(204).send()
    },
  )

  service.post(
    '/auth/verify-email/send',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'sendVerification',
        summary: 'Mail me a new link to confirm my address; one a minute, none when it is confirmed',
        tags: ['auth'],
        response: { 202: z.undefined() },
        problems: ['invalid-token'],
      },
    },
    async (request, reply) => {
      await requestVerification(dependencies, { userId: currentUserId(request), caller: callerOf(request) })
      return reply.code(202).send()
    },
  )
}
