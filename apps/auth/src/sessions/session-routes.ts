import type { Service } from '@polystore/service-kit'
import { originOf } from '../audit/request-origin.ts'
import { logIn, type LogInDependencies } from './log-in.ts'
import { registerUser, type RegisterDependencies } from './register-user.ts'
import { logInBody, registerBody, session } from './session-schemas.ts'

/** Registration and sign-in. */
export function sessionRoutes(service: Service, dependencies: RegisterDependencies & LogInDependencies): void {
  service.post(
    '/auth/register',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'register',
        summary: 'Make an account and sign in',
        tags: ['auth'],
        body: registerBody,
        response: { 201: session },
        problems: ['conflict', 'hashing-busy'],
      },
    },
    async (request, reply) => {
      const opened = await registerUser(dependencies, { body: request.body, origin: originOf(request), signal: request.deadline })
      return reply.code(201).header('cache-control', 'no-store').send(opened)
    },
  )

  service.post(
    '/auth/login',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'logIn',
        summary: 'Sign in by e-mail address and password',
        tags: ['auth'],
        body: logInBody,
        response: { 200: session },
        problems: ['invalid-credentials', 'login-throttled', 'hashing-busy'],
      },
    },
    async (request, reply) => {
      const opened = await logIn(dependencies, { body: request.body, origin: originOf(request), signal: request.deadline })
      return reply.header('cache-control', 'no-store').send(opened)
    },
  )
}
