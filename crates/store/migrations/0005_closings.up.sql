-- A checkpoint also witnesses through which day the books are closed, so one place of a chain may be signed again when that moves
-- on. Checkpoints of version 1 say nothing of it; closed_through then has the value of "nothing closed", the least there is.
CREATE TABLE checkpoint_next (
  site BIGINT NOT NULL REFERENCES site (id),
  seq BIGINT NOT NULL,
  version BIGINT NOT NULL CHECK (version IN (1, 2)),
  day BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  products BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL,
  closed_through BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (site, seq, closed_through)
) WITHOUT ROWID;
INSERT INTO checkpoint_next (site, seq, version, day, hash, products, quantity, value, closed_through, public_key, signature, created_at)
  SELECT site, seq, 1, day, hash, products, quantity, value, -2147483648, public_key, signature, created_at FROM checkpoint;
DROP TABLE checkpoint;
ALTER TABLE checkpoint_next RENAME TO checkpoint;
-- only sqlite
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- end
-- only postgres
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- end
