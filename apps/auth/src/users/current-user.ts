import { Problem, type Identity } from '@polystore/service-kit'

/** The id of the user who asks. @throws Problem `unauthenticated` for anyone else */
export function currentUserId({ identity }: { readonly identity: Identity }): string {
  if (identity.kind !== 'user') throw new Problem('unauthenticated')
  return identity.id
}
