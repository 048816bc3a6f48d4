ALTER TABLE "users" DROP CONSTRAINT "users_phone_number";
ALTER TABLE "users" DROP COLUMN "phone_number";
