-- Rows that are changed soon after they were written: with room on their page the change needs no new entries in the indexes.
ALTER TABLE "idempotency_keys" SET (fillfactor = 20);
ALTER TABLE "outbox" SET (fillfactor = 50);
