// NestJS with TypeORM, on Express as it comes. Decorators are applied by hand, because Node runs no decorator syntax.
import 'reflect-metadata'
import { Controller, Get, Inject, Module, NotFoundException, Param, ParseUUIDPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm'
import { announce } from '../../src/http/serve-things.ts'
import { dataSourceOptions, ThingSchema } from './typeorm-thing.js'

class ThingsController {
  constructor(things) {
    this.things = things
  }

  async get(id) {
    const thing = await this.things.findOneBy({ id })
    if (thing === null) throw new NotFoundException()
    return thing
  }
}
Controller('things')(ThingsController)
Inject(getRepositoryToken(ThingSchema))(ThingsController, undefined, 0)
Get(':id')(ThingsController.prototype, 'get', Object.getOwnPropertyDescriptor(ThingsController.prototype, 'get'))
Param('id', ParseUUIDPipe)(ThingsController.prototype, 'get', 0)

class ThingsModule {}
Module({
  imports: [TypeOrmModule.forRoot(dataSourceOptions), TypeOrmModule.forFeature([ThingSchema])],
  controllers: [ThingsController],
})(ThingsModule)

const importMs = performance.now()
const app = await NestFactory.create(ThingsModule, { logger: false })
await app.listen(0, '127.0.0.1')
announce(app.getHttpServer().address().port, importMs)
