-- transaction: off
CREATE INDEX CONCURRENTLY "users_created_at" ON "users" USING btree ("created_at", "id");
CREATE INDEX CONCURRENTLY "users_email_order" ON "users" USING btree ("email" collate "C", "id");
CREATE INDEX CONCURRENTLY "users_full_name_order" ON "users" USING btree ("full_name" collate "C", "id");
CREATE INDEX CONCURRENTLY "users_words" ON "users" USING gin (string_to_array(regexp_replace(lower(coalesce("full_name", '') || ' ' || coalesce("username", '')), '[\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+', ' ', 'g'), ' '));
CREATE INDEX CONCURRENTLY "users_admins" ON "users" USING btree ("id") WHERE 'admin' = any("users"."roles");
