CREATE TABLE "orders" (
  "id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "status" text NOT NULL,
  "currency" char(3),
  "total_cents" bigint,
  "rejection" jsonb,
  "attempts" integer DEFAULT 0 NOT NULL,
  "last_error" text,
  "next_run_at" timestamp (3) with time zone,
  "lease_until" timestamp (3) with time zone,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "cart_id" uuid,
  "cart_version" integer,
  "version" integer DEFAULT 1 NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "orders_status" CHECK ("orders"."status" in ('PENDING', 'RESERVED', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED', 'SHIPPED', 'DELIVERED')),
  CONSTRAINT "orders_work" CHECK (("orders"."next_run_at" is not null) = ("orders"."status" in ('PENDING', 'RESERVED', 'CANCELLING'))),
  CONSTRAINT "orders_total_cents" CHECK ("orders"."total_cents" >= 0)
);
CREATE TABLE "order_lines" (
  "order_id" uuid NOT NULL,
  "line_number" integer NOT NULL,
  "sku" text NOT NULL,
  "quantity" integer NOT NULL,
  "name" text,
  "unit_price_cents" bigint,
  CONSTRAINT "order_lines_order_id_sku_pk" PRIMARY KEY ("order_id", "sku"),
  CONSTRAINT "order_lines_quantity" CHECK ("order_lines"."quantity" > 0),
  CONSTRAINT "order_lines_unit_price_cents" CHECK ("order_lines"."unit_price_cents" >= 0)
);
CREATE TABLE "order_history" (
  "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "order_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1) NOT NULL,
  "order_id" uuid NOT NULL,
  "from_status" text,
  "to_status" text NOT NULL,
  "actor" text NOT NULL,
  "reason" text,
  "at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "order_history_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "idempotency_keys" (
  "user_id" uuid NOT NULL,
  "key" text NOT NULL,
  "fingerprint" text NOT NULL,
  "order_id" uuid NOT NULL,
  "body" text,
  "refusal" jsonb,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY ("user_id", "key")
);
CREATE TABLE "known_users" (
  "id" uuid NOT NULL,
  "active" boolean NOT NULL,
  "version" integer NOT NULL,
  CONSTRAINT "known_users_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "stock_levels" (
  "sku" text NOT NULL,
  "level" text NOT NULL,
  "sequence" integer NOT NULL,
  CONSTRAINT "stock_levels_pkey" PRIMARY KEY ("sku"),
  CONSTRAINT "stock_levels_level" CHECK ("stock_levels"."level" in ('enough', 'low', 'depleted'))
);
CREATE TABLE "carts" (
  "id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "version" integer DEFAULT 1 NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "carts_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "carts_user_id_unique" UNIQUE ("user_id")
);
CREATE TABLE "cart_lines" (
  "cart_id" uuid NOT NULL,
  "sku" text NOT NULL,
  "quantity" integer NOT NULL,
  "added_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "cart_lines_cart_id_sku_pk" PRIMARY KEY ("cart_id", "sku"),
  CONSTRAINT "cart_lines_quantity" CHECK ("cart_lines"."quantity" between 1 and 1000000)
);
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
CREATE TABLE "inbox" (
  "consumer" text NOT NULL,
  "event_id" text NOT NULL,
  "applied_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY ("consumer", "event_id")
);
CREATE TABLE "failed_events" (
  "consumer" text NOT NULL,
  "event_id" text NOT NULL,
  "event" jsonb NOT NULL,
  "failures" integer DEFAULT 1 NOT NULL,
  "last_error" text NOT NULL,
  "failed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "next_attempt_at" timestamp (3) with time zone,
  "parked_at" timestamp (3) with time zone,
  CONSTRAINT "failed_events_consumer_event_id_pk" PRIMARY KEY ("consumer", "event_id")
);
CREATE INDEX "orders_user_created" ON "orders" USING btree ("user_id", "created_at" DESC, "id" DESC);
CREATE INDEX "orders_created" ON "orders" USING btree ("created_at" DESC, "id" DESC);
CREATE INDEX "orders_due" ON "orders" USING btree ("next_run_at") WHERE "orders"."next_run_at" is not null;
CREATE INDEX "order_history_order" ON "order_history" USING btree ("order_id", "id");
CREATE UNIQUE INDEX "idempotency_keys_order" ON "idempotency_keys" USING btree ("order_id");
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING brin ("created_at");
CREATE INDEX "carts_expires" ON "carts" USING btree ("expires_at");
CREATE INDEX "outbox_subject" ON "outbox" USING btree ("subscriber", "subject", "sequence");
CREATE INDEX "inbox_applied" ON "inbox" USING btree ("applied_at");
CREATE INDEX "failed_events_due" ON "failed_events" USING btree ("next_attempt_at") WHERE "failed_events"."next_attempt_at" is not null;
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "order_history" ADD CONSTRAINT "order_history_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "cart_lines" ADD CONSTRAINT "cart_lines_cart_id_carts_id_fk" FOREIGN KEY ("cart_id") REFERENCES "carts" ("id") ON DELETE cascade ON UPDATE no action;
