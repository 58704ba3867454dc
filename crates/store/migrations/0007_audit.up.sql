-- The audit log: who did what. Events are only ever added. What names a person may be taken out of one, and the oldest may be
-- removed up to a signed cut; the chain can be proved all the same.

CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL CHECK (seq >= 0),
  hash BYTEA NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit_event (
  seq BIGINT PRIMARY KEY CHECK (seq > 0),
  happened_at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('key', 'user', 'system', 'nobody')),
  actor_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  site TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'denied', 'failed')),
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  request_id TEXT NOT NULL,
  times BIGINT NOT NULL CHECK (times > 0),
  details TEXT NOT NULL,
  who_salt BYTEA NOT NULL,
  who_digest BYTEA NOT NULL,
  details_salt BYTEA NOT NULL,
  details_digest BYTEA NOT NULL,
  hash BYTEA NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_event_time ON audit_event (happened_at);
CREATE INDEX audit_event_actor ON audit_event (actor, seq);
CREATE INDEX audit_event_actor_id ON audit_event (actor_id, seq);
CREATE INDEX audit_event_action ON audit_event (action, seq);
CREATE INDEX audit_event_resource ON audit_event (resource, seq);

-- Signed heads of the log, and signed cuts: up to a cut, events may be removed.
CREATE TABLE audit_anchor (
  kind TEXT NOT NULL CHECK (kind IN ('head', 'cut')),
  seq BIGINT NOT NULL CHECK (seq > 0),
  hash BYTEA NOT NULL,
  signed_at BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  PRIMARY KEY (kind, seq)
) WITHOUT ROWID;

-- only sqlite
CREATE TRIGGER audit_event_keeps BEFORE UPDATE ON audit_event WHEN NOT (
  NEW.seq = OLD.seq AND NEW.happened_at = OLD.happened_at AND NEW.actor_kind = OLD.actor_kind AND NEW.actor_id = OLD.actor_id
  AND NEW.role = OLD.role AND NEW.site = OLD.site AND NEW.action = OLD.action AND NEW.resource = OLD.resource
  AND NEW.outcome = OLD.outcome AND NEW.request_id = OLD.request_id AND NEW.times = OLD.times
  AND NEW.who_digest = OLD.who_digest AND NEW.details_digest = OLD.details_digest AND NEW.hash = OLD.hash
  AND ((NEW.actor = OLD.actor AND NEW.address = OLD.address AND NEW.agent = OLD.agent AND NEW.who_salt = OLD.who_salt)
    OR (NEW.actor = '' AND NEW.address = '' AND NEW.agent = '' AND LENGTH(NEW.who_salt) = 0))
  AND ((NEW.details = OLD.details AND NEW.details_salt = OLD.details_salt)
    OR (NEW.details = '' AND LENGTH(NEW.details_salt) = 0)))
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event
  WHEN OLD.seq > COALESCE((SELECT MAX(seq) FROM audit_anchor WHERE kind = 'cut'), 0)
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_anchor_keeps BEFORE UPDATE ON audit_anchor BEGIN SELECT RAISE(ABORT, 'anchors are append-only'); END;
CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor BEGIN SELECT RAISE(ABORT, 'anchors are append-only'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the head stays'); END;
-- end
-- only postgres
CREATE TRIGGER audit_event_keeps BEFORE UPDATE ON audit_event FOR EACH ROW WHEN (NOT (
  NEW.seq = OLD.seq AND NEW.happened_at = OLD.happened_at AND NEW.actor_kind = OLD.actor_kind AND NEW.actor_id = OLD.actor_id
  AND NEW.role = OLD.role AND NEW.site = OLD.site AND NEW.action = OLD.action AND NEW.resource = OLD.resource
  AND NEW.outcome = OLD.outcome AND NEW.request_id = OLD.request_id AND NEW.times = OLD.times
  AND NEW.who_digest = OLD.who_digest AND NEW.details_digest = OLD.details_digest AND NEW.hash = OLD.hash
  AND ((NEW.actor = OLD.actor AND NEW.address = OLD.address AND NEW.agent = OLD.agent AND NEW.who_salt = OLD.who_salt)
    OR (NEW.actor = '' AND NEW.address = '' AND NEW.agent = '' AND LENGTH(NEW.who_salt) = 0))
  AND ((NEW.details = OLD.details AND NEW.details_salt = OLD.details_salt)
    OR (NEW.details = '' AND LENGTH(NEW.details_salt) = 0)))) EXECUTE FUNCTION refuse_change();
-- A condition of a trigger may not ask a table, so this one asks for itself.
CREATE FUNCTION refuse_uncut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.seq > COALESCE((SELECT MAX(seq) FROM audit_anchor WHERE kind = 'cut'), 0) THEN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_uncut();
CREATE TRIGGER audit_event_lasts BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_anchor_keeps BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_anchor_lasts BEFORE TRUNCATE ON audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- end
