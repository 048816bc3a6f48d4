/** A row in the names that db-core gives it. */
export const asThing = 'id, name, amount, created_at as "createdAt", updated_at as "updatedAt"'
