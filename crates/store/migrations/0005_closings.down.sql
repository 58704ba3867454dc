CREATE TABLE checkpoint_before (
  site BIGINT NOT NULL REFERENCES site (id),
  seq BIGINT NOT NULL,
  day BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  products BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (site, seq)
) WITHOUT ROWID;
-- What version 2 signed cannot be checked without what it said of closed days.
INSERT INTO checkpoint_before (site, seq, day, hash, products, quantity, value, public_key, signature, created_at)
  SELECT site, seq, day, hash, products, quantity, value, public_key, signature, created_at FROM checkpoint WHERE version = 1;
DROP TABLE checkpoint;
ALTER TABLE checkpoint_before RENAME TO checkpoint;
-- only sqlite
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- end
-- only postgres
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- end
