import type { Service } from '@polystore/service-kit'
import { z } from 'zod'
import { callerOf } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { deleteUser } from './delete-user.ts'
import { restoreUser } from './restore-user.ts'
import { setRoles } from './set-roles.ts'
import { showUser } from './show-user.ts'
import { rolesBody } from './user-admin-schemas.ts'
import { userParams, userView } from './user-schemas.ts'

/** Whether a user is there, and what they may do. */
export function userStandingRoutes(service: Service, dependencies: Administration): void {
  addDeletion(service, dependencies)
  addRestoration(service, dependencies)
  addRoles(service, dependencies)
}

function addDeletion(service: Service, dependencies: Administration): void {
  service.delete(
    '/users/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'deleteUser',
        summary: 'Delete a user, who can be restored; their sessions end',
        tags: ['users'],
        params: userParams,
        response: { 204: z.undefined() },
        problems: ['not-found', 'last-admin'],
      },
    },
    async (request, reply) => {
      await deleteUser(dependencies, { userId: request.params.id, caller: callerOf(request) })
      return reply.code(204).send()
    },
  )
}

function addRestoration(service: Service, dependencies: Administration): void {
  service.post(
    '/users/:id/restore',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'restoreUser',
        summary: 'Bring a deleted user back',
        tags: ['users'],
        params: userParams,
        response: { 200: userView },
        problems: ['not-found', 'conflict'],
      },
    },
    async (request, reply) => {
      const restored = await restoreUser(dependencies, { userId: request.params.id, caller: callerOf(request) })
      return showUser(reply, restored)
    },
  )
}

function addRoles(service: Service, dependencies: Administration): void {
  service.put(
    '/users/:id/roles',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'setUserRoles',
        summary: 'Give a user these roles and no other; their access tokens die',
        tags: ['users'],
        params: userParams,
        body: rolesBody,
        response: { 200: userView },
        problems: ['not-found', 'last-admin'],
      },
    },
    async (request, reply) => {
      const change = { userId: request.params.id, roles: request.body.roles, caller: callerOf(request) }
      return showUser(reply, await setRoles(dependencies, change))
    },
  )
}
