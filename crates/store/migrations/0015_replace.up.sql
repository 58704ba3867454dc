-- What is only ever added cannot be written over either. SQLite's REPLACE deletes the row in its way without asking the triggers
-- of deletion (unless the connection says recursive_triggers, which is not for this file to say), so a key that is there is refused
-- before the row goes in. PostgreSQL has no such statement, but it empties whole tables.
-- only sqlite
CREATE TRIGGER posting_once BEFORE INSERT ON posting
  WHEN EXISTS (SELECT 1 FROM posting WHERE site = NEW.site AND seq = NEW.seq) OR EXISTS (SELECT 1 FROM posting WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
CREATE TRIGGER movement_once BEFORE INSERT ON movement
  WHEN EXISTS (SELECT 1 FROM movement WHERE site = NEW.site AND seq = NEW.seq AND line = NEW.line)
BEGIN SELECT RAISE(ABORT, 'movements are append-only'); END;
CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint
  WHEN EXISTS (SELECT 1 FROM checkpoint WHERE site = NEW.site AND seq = NEW.seq AND closed_through = NEW.closed_through)
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER audit_event_once BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_anchor_once BEFORE INSERT ON audit_anchor
  WHEN EXISTS (SELECT 1 FROM audit_anchor WHERE kind = NEW.kind AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'anchors are append-only'); END;
-- end
-- only postgres
CREATE TRIGGER checkpoint_stays BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_lasts BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- end
