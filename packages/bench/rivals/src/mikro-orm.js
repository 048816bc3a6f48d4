// The route over MikroORM, with an entity manager per request as its guide asks for.
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql'
import { serveThings } from '../../src/http/serve-things.ts'
import { serviceConfig } from '../../src/http/service-config.ts'

const Thing = new EntitySchema({
  name: 'Thing',
  tableName: 'things',
  properties: {
    id: { type: 'uuid', primary: true },
    name: { type: 'text' },
    amount: { type: 'integer' },
    createdAt: { type: 'datetime', fieldName: 'created_at' },
    updatedAt: { type: 'datetime', fieldName: 'updated_at' },
  },
})

const orm = await MikroORM.init({ clientUrl: serviceConfig.url, entities: [Thing], pool: { max: serviceConfig.poolSize } })
await serveThings((id) => orm.em.fork().findOne(Thing, id))
