CREATE TABLE "login_throttles" (
  "key" text NOT NULL,
  "failures" integer NOT NULL,
  "last_failed_at" timestamp (3) with time zone,
  "blocked_until" timestamp (3) with time zone,
  "expires_at" timestamp (3) with time zone NOT NULL,
  CONSTRAINT "login_throttles_pkey" PRIMARY KEY ("key"),
  CONSTRAINT "login_throttles_failures" CHECK ("login_throttles"."failures" >= 0)
);
CREATE INDEX "login_throttles_expiry" ON "login_throttles" USING btree ("expires_at");
