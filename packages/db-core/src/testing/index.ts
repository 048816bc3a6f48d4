export { describeRepository } from './describe-repository.ts'
export type {
  Entry,
  EntryRepository,
  NewEntry,
  NewSpecimen,
  OpenHarness,
  RepositoryHarness,
  Specimen,
  SpecimenRepository,
} from './harness.ts'
