ALTER TABLE transfer_receipt DROP COLUMN took_all;
-- only postgres
DROP INDEX posting_day;
CREATE INDEX posting_day ON posting (site, business_day);
-- end
DROP INDEX purchase_order_ordered;
DROP INDEX count_sheet_waiting;
DROP INDEX count_sheet_opened;
DROP INDEX transfer_receipt_waiting;
DROP INDEX transfer_sending;
DROP INDEX transfer_sent;
