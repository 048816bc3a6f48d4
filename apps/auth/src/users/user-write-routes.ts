import { requireIfMatch, type Service } from '@polystore/service-kit'
import { callerOf } from '../audit/caller.ts'
import { addUser } from './add-user.ts'
import type { Administration } from './administration.ts'
import { changeUser } from './change-user.ts'
import { showUser } from './show-user.ts'
import { newUserBody, userPatch, userReplacement } from './user-admin-schemas.ts'
import { userParams, userView } from './user-schemas.ts'

/** Accounts that administrators make and change. */
export function userWriteRoutes(service: Service, dependencies: Administration): void {
  addCreation(service, dependencies)
  addReplacement(service, dependencies)
  addPatch(service, dependencies)
}

function addCreation(service: Service, dependencies: Administration): void {
  service.post(
    '/users',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createUser',
        summary: 'Make an account for somebody',
        tags: ['users'],
        body: newUserBody,
        response: { 201: userView },
        problems: ['conflict', 'hashing-busy'],
      },
    },
    async (request, reply) => {
      const { body, deadline: signal } = request
      const user = await addUser(dependencies, { body, caller: callerOf(request), signal })
      return reply.code(201).header('location', `/users/${user.id}`).send(showUser(reply, user))
    },
  )
}

function addReplacement(service: Service, dependencies: Administration): void {
  service.put(
    '/users/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'replaceUser',
        summary: 'Replace a profile and its address; what is left out is cleared, If-Match names the version that was read',
        tags: ['users'],
        params: userParams,
        body: userReplacement,
        response: { 200: userView },
        problems: ['not-found', 'conflict', 'stale-version', 'precondition-required'],
      },
    },
    async (request, reply) => {
      const change = { userId: request.params.id, patch: request.body, version: requireIfMatch(request), caller: callerOf(request) }
      return showUser(reply, await changeUser(dependencies, change))
    },
  )
}

function addPatch(service: Service, dependencies: Administration): void {
  service.patch(
    '/users/:id',
    {
      config: { access: 'admin', mediaTypes: ['application/merge-patch+json', 'application/json'] },
      schema: {
        operationId: 'changeUser',
        summary: 'Change parts of a profile or its address; null clears, If-Match names the version that was read',
        tags: ['users'],
        params: userParams,
        body: userPatch,
        response: { 200: userView },
        problems: ['not-found', 'conflict', 'stale-version', 'precondition-required'],
      },
    },
    async (request, reply) => {
      const change = { userId: request.params.id, patch: request.body, version: requireIfMatch(request), caller: callerOf(request) }
      return showUser(reply, await changeUser(dependencies, change))
    },
  )
}
