-- only postgres
DROP VIEW movement_readable;
-- end
DROP TABLE checkpoint;
DROP TABLE flow_month;
DROP TABLE flow;
DROP TABLE valuation;
DROP TABLE balance;
DROP TABLE movement;
DROP TABLE posting;
DROP TABLE posting_kind;
DROP TABLE lot;
DROP TABLE chain;
-- only postgres
DROP FUNCTION refuse_change();
-- end
