-- What lists of documents are read along, the newest first, and what waits to be taken up again. None of these tables is written by a
-- posting alone.
CREATE INDEX transfer_sent ON transfer (sent_at, id);
CREATE INDEX transfer_sending ON transfer (id) WHERE status = 'sending';
CREATE INDEX transfer_receipt_waiting ON transfer_receipt (posting) WHERE applied = 0;
CREATE INDEX count_sheet_opened ON count_sheet (opened_at, id);
CREATE INDEX count_sheet_waiting ON count_sheet (opened_at, id) WHERE status = 'open';
CREATE INDEX purchase_order_ordered ON purchase_order (ordered_at, id);

-- Where a day begins and ends in a site's chain is told from the index alone. SQLite has the key in each index as it is; on PostgreSQL a
-- posting takes some thirty bytes more, and no page that it would not have written.
-- only postgres
DROP INDEX posting_day;
CREATE INDEX posting_day ON posting (site, business_day, seq);
-- end

-- Whether a receipt was asked for without lines: all that was on its way. Not known of earlier ones, nor of corrections.
ALTER TABLE transfer_receipt ADD COLUMN took_all BIGINT CHECK (took_all IN (0, 1));
