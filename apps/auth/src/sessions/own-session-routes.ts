import { Problem, type Identity, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import { callerOf } from '../audit/caller.ts'
import { originOf } from '../audit/request-origin.ts'
import { currentUserId } from '../users/current-user.ts'
import { listSessions, type ListSessionsDependencies } from './list-sessions.ts'
import { endOwnSession, logOut, logOutEverywhere, type LogOutDependencies } from './log-out.ts'
import { refreshSession, type RefreshDependencies } from './refresh-session.ts'
import { refreshBody, session, sessionList, sessionParams, sessionQuery } from './session-schemas.ts'

const tags = ['auth']

/** What is done with sessions that are open: going on, ending, looking at them. */
export function ownSessionRoutes(
  service: Service,
  dependencies: RefreshDependencies & LogOutDependencies & ListSessionsDependencies,
): void {
  addRefreshRoute(service, dependencies)
  addLogOutRoutes(service, dependencies)
  addListRoute(service, dependencies)
  addEndRoute(service, dependencies)
}

function addRefreshRoute(service: Service, dependencies: RefreshDependencies): void {
  service.post(
    '/auth/refresh',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'refreshSession',
        summary: 'Exchange a refresh token for the next access and refresh token',
        tags,
        body: refreshBody,
        response: { 200: session },
        problems: ['invalid-refresh-token'],
      },
    },
    async (request, reply) => {
      const refreshed = await refreshSession(dependencies, { token: request.body.refresh_token, origin: originOf(request) })
      return reply.header('cache-control', 'no-store').send(refreshed)
    },
  )
}

function addLogOutRoutes(service: Service, dependencies: LogOutDependencies): void {
  service.post(
    '/auth/logout',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'logOut',
        summary: 'End the session of this access token',
        tags,
        response: { 204: z.undefined() },
        problems: ['invalid-token'],
      },
    },
    async (request, reply) => {
      const own = { userId: currentUserId(request), sessionId: currentSessionId(request), caller: callerOf(request) }
      await logOut(dependencies, own)
      return reply.code(204).send()
    },
  )

  service.post(
    '/auth/logout-all',
    {
      config: { access: 'user' },
      schema: { operationId: 'logOutEverywhere', summary: 'End all my sessions', tags, response: { 204: z.undefined() } },
    },
    async (request, reply) => {
      await logOutEverywhere(dependencies, { userId: currentUserId(request), caller: callerOf(request) })
      return reply.code(204).send()
    },
  )
}

function addListRoute(service: Service, dependencies: ListSessionsDependencies): void {
  service.get(
    '/auth/sessions',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listMySessions',
        summary: 'Where I am signed in, what was used last first',
        tags,
        querystring: sessionQuery,
        response: { 200: sessionList },
      },
    },
    async (request) => {
      const { limit } = request.query
      const currentId = sessionIdOf(request.identity)
      return { items: await listSessions(dependencies, { userId: currentUserId(request), currentId, limit }) }
    },
  )
}

function addEndRoute(service: Service, dependencies: LogOutDependencies): void {
  service.delete(
    '/auth/sessions/:id',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'endMySession',
        summary: 'End one of my sessions',
        tags,
        params: sessionParams,
        response: { 204: z.undefined() },
        problems: ['not-found'],
      },
    },
    async (request, reply) => {
      const own = { userId: currentUserId(request), sessionId: request.params.id, caller: callerOf(request) }
      await endOwnSession(dependencies, own)
      return reply.code(204).send()
    },
  )
}

/** @throws Problem `invalid-token` for a token of before sessions */
function currentSessionId({ identity }: { readonly identity: Identity }): string {
  const id = sessionIdOf(identity)
  if (id === undefined) throw new Problem('invalid-token')
  return id
}

function sessionIdOf(identity: Identity): string | undefined {
  return identity.kind === 'user' ? identity.sessionId : undefined
}
