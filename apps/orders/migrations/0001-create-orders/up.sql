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
  "version" integer DEFAULT 1 NOT NULL,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "orders_status" CHECK ("orders"."status" in ('PENDING', 'RESERVED', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED', 'SHIPPED', 'DELIVERED')),
  CONSTRAINT "orders_total_cents" CHECK ("orders"."total_cents" >= 0)
);
CREATE TABLE "order_lines" (
  "order_id" uuid NOT NULL,
  "line_number" integer NOT NULL,
  "sku" text NOT NULL,
  "quantity" integer NOT NULL,
  "name" text,
  "unit_price_cents" bigint,
  CONSTRAINT "order_lines_order_id_line_number_pk" PRIMARY KEY ("order_id", "line_number"),
  CONSTRAINT "order_lines_sku_unique" UNIQUE ("order_id", "sku"),
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
  "answer" jsonb,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY ("user_id", "key")
);
CREATE TABLE "outbox" (
  "id" uuid NOT NULL,
  "type" text NOT NULL,
  "subject" text NOT NULL,
  "data" jsonb NOT NULL,
  "traceparent" text,
  "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "orders_user_created" ON "orders" USING btree ("user_id", "created_at" DESC, "id" DESC);
CREATE INDEX "orders_created" ON "orders" USING btree ("created_at" DESC, "id" DESC);
CREATE INDEX "orders_due" ON "orders" USING btree ("next_run_at") WHERE "orders"."next_run_at" is not null;
CREATE INDEX "order_history_order" ON "order_history" USING btree ("order_id", "id");
CREATE UNIQUE INDEX "idempotency_keys_order" ON "idempotency_keys" USING btree ("order_id");
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "order_history" ADD CONSTRAINT "order_history_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE cascade ON UPDATE no action;
