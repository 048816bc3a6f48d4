DROP TABLE "order_lines";
DROP TABLE "order_history";
DROP TABLE "idempotency_keys";
DROP TABLE "orders";
DROP TABLE "outbox";
