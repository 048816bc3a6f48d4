import { EntitySchema } from 'typeorm'
import { serviceConfig } from '../../src/http/service-config.ts'

export const ThingSchema = new EntitySchema({
  name: 'Thing',
  tableName: 'things',
  columns: {
    id: { type: 'uuid', primary: true },
    name: { type: 'text' },
    amount: { type: 'integer' },
    createdAt: { type: 'timestamptz', name: 'created_at', createDate: true },
    updatedAt: { type: 'timestamptz', name: 'updated_at', updateDate: true },
  },
})

export const dataSourceOptions = {
  type: 'postgres',
  url: serviceConfig.url,
  poolSize: serviceConfig.poolSize,
  entities: [ThingSchema],
}
