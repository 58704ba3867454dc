-- Values that are kept encrypted, and the keys they are encrypted with. A key is kept only wrapped by a master key, which is
-- never in the database.

CREATE TABLE vault_master (
  -- A digest of the master key: names it, and does not give it away.
  id TEXT PRIMARY KEY,
  -- What a master key is derived from besides its passphrase; NULL when it is a key itself.
  salt BYTEA,
  memory_kib BIGINT,
  passes BIGINT,
  created_at BIGINT NOT NULL,
  CHECK ((salt IS NULL) = (memory_kib IS NULL) AND (salt IS NULL) = (passes IS NULL))
) WITHOUT ROWID;

CREATE TABLE vault_key (
  id BIGINT PRIMARY KEY CHECK (id BETWEEN 1 AND 4294967295),
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- While the master key changes, a key is wrapped by the old one and by the new one.
CREATE TABLE vault_wrapping (
  key BIGINT NOT NULL REFERENCES vault_key (id),
  master TEXT NOT NULL REFERENCES vault_master (id),
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (key, master)
) WITHOUT ROWID;

CREATE TABLE sealed (
  purpose TEXT NOT NULL,
  subject TEXT NOT NULL,
  key BIGINT NOT NULL REFERENCES vault_key (id),
  value BYTEA NOT NULL,
  PRIMARY KEY (purpose, subject)
) WITHOUT ROWID;
CREATE INDEX sealed_key ON sealed (key, purpose, subject);
