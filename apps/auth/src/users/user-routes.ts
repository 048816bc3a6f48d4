import { userStatus } from '@polystore/contracts'
import { etag, requireIfMatch, type Service } from '@polystore/service-kit'
import type { FastifyReply } from 'fastify'
import { changeProfile } from './change-profile.ts'
import { currentUserId } from './current-user.ts'
import { getProfile } from './get-profile.ts'
import { setUserActive, type SetUserActiveDependencies } from './set-user-active.ts'
import { profilePatch, userParams, userView, type UserView } from './user-schemas.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'
import { toUserView } from './user.ts'

export interface UserDependencies extends SetUserActiveDependencies {
  readonly users: UserRepository
}

/** Users: for themselves, for administrators and for other services. */
export function userRoutes(service: Service, dependencies: UserDependencies): void {
  addProfileRoutes(service, dependencies)
  addActivationRoute(service, dependencies, { verb: 'activate', active: true })
  addActivationRoute(service, dependencies, { verb: 'deactivate', active: false })
  addStatusRoute(service, dependencies)
}

function addProfileRoutes(service: Service, dependencies: UserDependencies): void {
  service.get(
    '/users/me',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getMyProfile',
        summary: 'My profile',
        tags: ['users'],
        response: { 200: userView },
        problems: ['invalid-token'],
      },
    },
    async (request, reply) => show(reply, await getProfile(dependencies, currentUserId(request))),
  )

  service.patch(
    '/users/me',
    {
      config: { access: 'user', mediaTypes: ['application/merge-patch+json', 'application/json'] },
      schema: {
        operationId: 'changeMyProfile',
        summary: 'Change parts of my profile; null clears, If-Match names the version that was read',
        tags: ['users'],
        body: profilePatch,
        response: { 200: userView },
        problems: ['invalid-token', 'conflict', 'stale-version', 'precondition-required'],
      },
    },
    async (request, reply) => {
      const change = { userId: currentUserId(request), patch: request.body, version: requireIfMatch(request) }
      return show(reply, await changeProfile(dependencies, change))
    },
  )
}

function addActivationRoute(
  service: Service,
  dependencies: UserDependencies,
  { verb, active }: { verb: 'activate' | 'deactivate'; active: boolean },
): void {
  service.post(
    `/users/:id/${verb}`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: `${verb}User`,
        summary: active ? 'Let a user sign in and order again' : 'Keep a user from signing in and ordering',
        tags: ['users'],
        params: userParams,
        response: { 200: userView },
        problems: ['not-found'],
      },
    },
    async (request, reply) => show(reply, await setUserActive(dependencies, { userId: request.params.id, active })),
  )
}

function addStatusRoute(service: Service, { users }: UserDependencies): void {
  service.get(
    '/internal/users/:id',
    {
      config: { access: 'service' },
      schema: {
        operationId: 'getUserStatus',
        summary: 'Whether a user exists and is active, for other services',
        tags: ['internal'],
        params: userParams,
        response: { 200: userStatus },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const { id, active, version } = await users.get(request.params.id)
      return { id, active, version }
    },
  )
}

function show(reply: FastifyReply, user: UserRow): UserView {
  reply.header('etag', etag(user.version))
  return toUserView(user)
}
