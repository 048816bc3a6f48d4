DROP TABLE "audit_log";
DROP TABLE "revocations";
DROP FUNCTION audit_log_refuse();
