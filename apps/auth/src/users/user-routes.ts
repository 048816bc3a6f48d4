import { userStatus } from '@polystore/contracts'
import { requireIfMatch, type Service } from '@polystore/service-kit'
import { callerOf } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { changeProfile } from './change-profile.ts'
import { currentUserId } from './current-user.ts'
import { getProfile } from './get-profile.ts'
import { setUserActive } from './set-user-active.ts'
import { showUser } from './show-user.ts'
import { userReadRoutes } from './user-read-routes.ts'
import { profilePatch, userParams, userView } from './user-schemas.ts'
import { userStandingRoutes } from './user-standing-routes.ts'
import { userWriteRoutes } from './user-write-routes.ts'

/** Users: for themselves, for administrators and for other services. */
export function userRoutes(service: Service, dependencies: Administration): void {
  addProfileRoutes(service, dependencies)
  userReadRoutes(service, dependencies)
  userWriteRoutes(service, dependencies)
  userStandingRoutes(service, dependencies)
  addActivationRoute(service, dependencies, { verb: 'activate', active: true })
  addActivationRoute(service, dependencies, { verb: 'deactivate', active: false })
  addStatusRoute(service, dependencies)
}

function addProfileRoutes(service: Service, dependencies: Administration): void {
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
    async (request, reply) => showUser(reply, await getProfile(dependencies, currentUserId(request))),
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
      const change = { userId: currentUserId(request), patch: request.body, version: requireIfMatch(request), caller: callerOf(request) }
      return showUser(reply, await changeProfile(dependencies, change))
    },
  )
}

function addActivationRoute(
  service: Service,
  dependencies: Administration,
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
        problems: active ? ['not-found'] : ['not-found', 'last-admin'],
      },
    },
    async (request, reply) =>
      showUser(reply, await setUserActive(dependencies, { userId: request.params.id, active, caller: callerOf(request) })),
  )
}

function addStatusRoute(service: Service, { users }: Administration): void {
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
