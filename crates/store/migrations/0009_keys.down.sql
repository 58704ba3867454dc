ALTER TABLE api_key DROP COLUMN previous_until;
ALTER TABLE api_key DROP COLUMN previous_hash;
ALTER TABLE api_key DROP COLUMN rotated_at;
ALTER TABLE api_key DROP COLUMN created_by;
ALTER TABLE api_key DROP COLUMN require_signature;
ALTER TABLE api_key DROP COLUMN quota_per_minute;
ALTER TABLE api_key DROP COLUMN sites;
ALTER TABLE api_key DROP COLUMN scopes;
