-- What tokens are signed with, and tokens ended before their time.

CREATE TABLE token_key (
  id TEXT PRIMARY KEY,
  public_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  serves_until BIGINT
) WITHOUT ROWID;

CREATE TABLE token_revoked (
  token TEXT PRIMARY KEY,
  ends_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_revoked_end ON token_revoked (ends_at);
