-- only sqlite
DROP TRIGGER audit_anchor_once;
DROP TRIGGER audit_event_once;
DROP TRIGGER checkpoint_once;
DROP TRIGGER movement_once;
DROP TRIGGER posting_once;
-- end
-- only postgres
DROP TRIGGER audit_head_lasts ON audit_head;
DROP TRIGGER checkpoint_stays ON checkpoint;
-- end
