CREATE TABLE "sessions" (
  "id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "user_agent" text,
  "address" text,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "last_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "ended_at" timestamp (3) with time zone,
  "ended_reason" text,
  CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "sessions_ended_reason" CHECK (("sessions"."ended_at" is null) = ("sessions"."ended_reason" is null)),
  CONSTRAINT "sessions_user_agent" CHECK (length("sessions"."user_agent") <= 500)
);
CREATE TABLE "refresh_tokens" (
  "hash" text NOT NULL,
  "session_id" uuid NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "used_at" timestamp (3) with time zone,
  CONSTRAINT "refresh_tokens_pkey" PRIMARY KEY ("hash"),
  CONSTRAINT "refresh_tokens_hash" CHECK (length("refresh_tokens"."hash") = 43)
);
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id", "last_used_at") WHERE "sessions"."ended_at" is null;
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");
CREATE INDEX "sessions_ended" ON "sessions" USING btree ("ended_at") WHERE "sessions"."ended_at" is not null;
CREATE INDEX "refresh_tokens_session" ON "refresh_tokens" USING btree ("session_id");
CREATE INDEX "refresh_tokens_expires" ON "refresh_tokens" USING btree ("expires_at");
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "sessions" ("id") ON DELETE cascade ON UPDATE no action;
