DROP TABLE audit_anchor;
DROP TABLE audit_event;
DROP TABLE audit_head;
-- only postgres
DROP FUNCTION refuse_uncut();
-- end
