CREATE TABLE "signing_keys" (
  "id" text NOT NULL,
  "state" text NOT NULL,
  "public_key" jsonb NOT NULL,
  "sealed_private_key" text NOT NULL,
  "verify_until" timestamp (3) with time zone,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "signing_keys_state" CHECK ("signing_keys"."state" in ('current', 'next', 'retired')),
  CONSTRAINT "signing_keys_verify_until" CHECK (("signing_keys"."state" = 'retired') = ("signing_keys"."verify_until" is not null))
);
CREATE UNIQUE INDEX "signing_keys_state_unique" ON "signing_keys" USING btree ("state") WHERE "signing_keys"."state" <> 'retired';
