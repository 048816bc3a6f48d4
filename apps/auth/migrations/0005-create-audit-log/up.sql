CREATE TABLE "audit_log" (
  "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1) NOT NULL,
  "at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
  "type" text NOT NULL,
  "user_id" uuid,
  "actor" text,
  "address" text,
  "user_agent" text,
  "details" jsonb DEFAULT '{}'::jsonb NOT NULL,
  CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "audit_log_user_agent" CHECK (length("audit_log"."user_agent") <= 500)
);
CREATE TABLE "revocations" (
  "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "revocations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1) NOT NULL,
  "kind" text NOT NULL,
  "subject" text NOT NULL,
  "at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT "revocations_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_log_user" ON "audit_log" USING btree ("user_id", "id" DESC);
CREATE INDEX "audit_log_type" ON "audit_log" USING btree ("type", "id" DESC);
CREATE INDEX "audit_log_at" ON "audit_log" USING brin ("at");
CREATE INDEX "revocations_at" ON "revocations" USING btree ("at");
-- Append-only, for everybody who may not drop the trigger.
CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();
