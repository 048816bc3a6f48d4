CREATE TABLE "outbox" (
  "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1) NOT NULL,
  "subscriber" text NOT NULL,
  "event_id" uuid DEFAULT gen_random_uuid() NOT NULL,
  "type" text NOT NULL,
  "subject" text NOT NULL,
  "sequence" integer NOT NULL,
  "data" jsonb NOT NULL,
  "traceparent" text,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "refusals" integer DEFAULT 0 NOT NULL,
  "next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "lease" uuid,
  "last_error" text,
  CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "outbox_subject" ON "outbox" USING btree ("subscriber", "subject", "sequence");
