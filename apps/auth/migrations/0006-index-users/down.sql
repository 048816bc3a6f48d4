-- transaction: off
DROP INDEX CONCURRENTLY "users_created_at";
DROP INDEX CONCURRENTLY "users_email_order";
DROP INDEX CONCURRENTLY "users_full_name_order";
DROP INDEX CONCURRENTLY "users_words";
DROP INDEX CONCURRENTLY "users_admins";
