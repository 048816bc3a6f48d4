CREATE TABLE "api_keys" (
  "id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "name" text NOT NULL,
  "prefix" text NOT NULL,
  "hash" text NOT NULL,
  "scopes" text[] NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "last_used_at" timestamp (3) with time zone,
  "revoked_at" timestamp (3) with time zone,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "api_keys_hash_unique" UNIQUE ("hash"),
  CONSTRAINT "api_keys_name" CHECK (length("api_keys"."name") between 1 and 100),
  CONSTRAINT "api_keys_scopes" CHECK (cardinality("api_keys"."scopes") > 0)
);
CREATE INDEX "api_keys_user" ON "api_keys" USING btree ("user_id", "created_at", "id");
CREATE INDEX "api_keys_expires" ON "api_keys" USING btree ("expires_at");
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE cascade ON UPDATE no action;
