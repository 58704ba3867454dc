-- Which signed requests came before.

CREATE TABLE request_nonce (
  key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  kept_until BIGINT NOT NULL,
  PRIMARY KEY (key_id, nonce)
) WITHOUT ROWID;
CREATE INDEX request_nonce_age ON request_nonce (kept_until);
