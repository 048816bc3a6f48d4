-- transaction: off
ALTER TABLE "users" ADD COLUMN "phone_number" text;
ALTER TABLE "users" ADD CONSTRAINT "users_phone_number" CHECK (length("users"."phone_number") between 3 and 20) NOT VALID;
ALTER TABLE "users" VALIDATE CONSTRAINT "users_phone_number";
