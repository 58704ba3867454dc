-- Whose turn it is to do what one of several nodes does now and then, and how it went last.
CREATE TABLE turn (
  name TEXT PRIMARY KEY,
  next_at BIGINT NOT NULL,
  succeeded_at BIGINT,
  failed_at BIGINT,
  took_ms BIGINT NOT NULL CHECK (took_ms >= 0),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  extra_ms BIGINT NOT NULL CHECK (extra_ms >= 0),
  detail TEXT NOT NULL
) WITHOUT ROWID;
