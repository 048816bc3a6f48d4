CREATE TABLE "one_time_links" (
  "hash" text NOT NULL,
  "user_id" uuid NOT NULL,
  "purpose" text NOT NULL,
  "email" text NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "used_at" timestamp (3) with time zone,
  CONSTRAINT "one_time_links_pkey" PRIMARY KEY ("hash"),
  CONSTRAINT "one_time_links_purpose" CHECK ("one_time_links"."purpose" in ('verify-email', 'reset-password'))
);
CREATE TABLE "mails_to_send" (
  "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "mails_to_send_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1) NOT NULL,
  "kind" text NOT NULL,
  "email" text NOT NULL,
  "nonce" text NOT NULL,
  "actor" text,
  "address" text,
  "user_agent" text,
  "attempts" integer DEFAULT 0 NOT NULL,
  "due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "mails_to_send_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "mails_to_send_kind" CHECK ("mails_to_send"."kind" in ('verify-email', 'reset-password', 'password-changed')),
  CONSTRAINT "mails_to_send_email" CHECK (length("mails_to_send"."email") <= 254),
  CONSTRAINT "mails_to_send_user_agent" CHECK (length("mails_to_send"."user_agent") <= 500)
);
ALTER TABLE "users" ADD COLUMN "email_verified_at" timestamp (3) with time zone;
CREATE INDEX "one_time_links_user" ON "one_time_links" USING btree ("user_id", "purpose", "created_at");
CREATE INDEX "one_time_links_expires_at" ON "one_time_links" USING btree ("expires_at");
CREATE UNIQUE INDEX "mails_to_send_unique" ON "mails_to_send" USING btree ("email", "kind");
CREATE INDEX "mails_to_send_due_at" ON "mails_to_send" USING btree ("due_at");
ALTER TABLE "one_time_links" ADD CONSTRAINT "one_time_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE cascade ON UPDATE no action;
