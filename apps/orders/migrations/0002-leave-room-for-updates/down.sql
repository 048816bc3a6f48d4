ALTER TABLE "outbox" RESET (fillfactor);
ALTER TABLE "idempotency_keys" RESET (fillfactor);
