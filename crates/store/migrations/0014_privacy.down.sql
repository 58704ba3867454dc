ALTER TABLE person DROP COLUMN erased_at;
DROP TABLE privacy_request;
