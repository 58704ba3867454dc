-- Who is kept out for a while.

CREATE TABLE ban (
  subject TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  times BIGINT NOT NULL CHECK (times > 0),
  banned_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  CHECK (ends_at > banned_at)
) WITHOUT ROWID;
CREATE INDEX ban_end ON ban (ends_at);
