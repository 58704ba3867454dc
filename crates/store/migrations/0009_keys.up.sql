-- Keys are limited further than by their role, and change their secret while both serve.

ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN sites TEXT;
ALTER TABLE api_key ADD COLUMN quota_per_minute BIGINT CHECK (quota_per_minute > 0);
ALTER TABLE api_key ADD COLUMN require_signature BIGINT NOT NULL DEFAULT 0 CHECK (require_signature IN (0, 1));
ALTER TABLE api_key ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN rotated_at BIGINT;
ALTER TABLE api_key ADD COLUMN previous_hash BYTEA;
ALTER TABLE api_key ADD COLUMN previous_until BIGINT;
