CREATE TABLE "users" (
  "id" uuid NOT NULL,
  "email" text NOT NULL,
  "username" text,
  "full_name" text NOT NULL,
  "password_hash" text NOT NULL,
  "roles" text[] NOT NULL,
  "active" boolean DEFAULT true NOT NULL,
  "last_login_at" timestamp (3) with time zone,
  "version" integer DEFAULT 1 NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "deleted_at" timestamp (3) with time zone,
  "deleted_by" text,
  CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "users_email" CHECK (length("users"."email") between 3 and 254),
  CONSTRAINT "users_username" CHECK (length("users"."username") between 3 and 32),
  CONSTRAINT "users_full_name" CHECK (length("users"."full_name") between 1 and 200),
  CONSTRAINT "users_roles" CHECK (cardinality("users"."roles") > 0 and "users"."roles" <@ array['customer', 'staff', 'admin'])
);
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree (lower("email")) WHERE "users"."deleted_at" is null;
CREATE UNIQUE INDEX "users_username_unique" ON "users" USING btree (lower("username")) WHERE "users"."deleted_at" is null;
