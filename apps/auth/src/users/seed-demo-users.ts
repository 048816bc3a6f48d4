import { systemCaller } from '../audit/caller.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { createUser, type CreateUserDependencies } from './create-user.ts'
import type { NewUser } from './user-repository.ts'

type DemoUser = Pick<NewUser, 'email' | 'username' | 'fullName' | 'roles'>

const demoUsers: readonly DemoUser[] = [
  { email: 'demo@polystore.dev', username: 'demo', fullName: 'Demo Customer', roles: ['customer'] },
  { email: 'admin@polystore.dev', username: 'admin', fullName: 'Demo Administrator', roles: ['admin', 'staff'] },
]

/** Makes the demo users that do not exist; those that do stay as they are. Answers the addresses of the new ones. */
export async function seedDemoUsers(
  dependencies: CreateUserDependencies & { readonly passwords: PasswordHasher },
  password: string,
): Promise<string[]> {
  const created: string[] = []
  for (const demoUser of demoUsers) {
    if ((await dependencies.users.findByEmail(demoUser.email)) !== undefined) continue
    const user = { ...demoUser, passwordHash: await dependencies.passwords.hash(password) }
    await dependencies.database.transaction((tx) => createUser(dependencies, { user, caller: systemCaller }, tx))
    created.push(user.email)
  }
  return created
}
