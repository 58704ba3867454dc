-- Keys of the program itself that sign: those of tokens, of the roles among themselves. Several serve at once while one takes
-- another's place. The secret part of each is in `sealed`.

CREATE TABLE ring_key (
  ring TEXT NOT NULL,
  number BIGINT NOT NULL CHECK (number > 0),
  id TEXT NOT NULL,
  public BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  -- From then on it proves nothing any more; NULL while nothing has taken its place.
  ends_at BIGINT,
  PRIMARY KEY (ring, number),
  UNIQUE (ring, id)
) WITHOUT ROWID;
