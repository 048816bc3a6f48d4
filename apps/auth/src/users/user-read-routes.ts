import type { Service } from '@polystore/service-kit'
import { listUsers } from './list-users.ts'
import { showUser } from './show-user.ts'
import { emailParams, userListQuery, userPage } from './user-admin-schemas.ts'
import type { UserRepository } from './user-repository.ts'
import { userParams, userView } from './user-schemas.ts'

interface UserReadDependencies {
  readonly users: UserRepository
}

/** Users as administrators see them. */
export function userReadRoutes(service: Service, dependencies: UserReadDependencies): void {
  service.get(
    '/users',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listUsers',
        summary: 'Users, the newest first unless sorted; by cursor or by skip',
        tags: ['users'],
        querystring: userListQuery,
        response: { 200: userPage },
        problems: ['invalid-cursor', 'invalid-filter'],
      },
    },
    async (request) => listUsers(dependencies, request.query),
  )
  addLookups(service, dependencies)
}

function addLookups(service: Service, { users }: UserReadDependencies): void {
  service.get(
    '/users/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'getUser',
        summary: 'One user',
        tags: ['users'],
        params: userParams,
        response: { 200: userView },
        problems: ['not-found'],
      },
    },
    async (request, reply) => showUser(reply, await users.get(request.params.id)),
  )

  service.get(
    '/users/by-email/:email',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'getUserByEmail',
        summary: 'The user with an address, in any letter case',
        tags: ['users'],
        params: emailParams,
        response: { 200: userView },
        problems: ['not-found'],
      },
    },
    async (request, reply) => showUser(reply, await users.getByEmail(request.params.email)),
  )
}
