DROP TABLE "one_time_links";
DROP TABLE "mails_to_send";
ALTER TABLE "users" DROP COLUMN "email_verified_at";
