-- What lists of documents are read along, the newest first, and what waits to be taken up again. None of these tables is written by a
-- posting alone, so a sale costs what it did.
CREATE INDEX transfer_sent ON transfer (sent_at, id);
CREATE INDEX transfer_sending ON transfer (id) WHERE status = 'sending';
CREATE INDEX transfer_receipt_waiting ON transfer_receipt (posting) WHERE applied = 0;
CREATE INDEX count_sheet_opened ON count_sheet (opened_at, id);
CREATE INDEX count_sheet_waiting ON count_sheet (opened_at, id) WHERE status = 'open';
CREATE INDEX purchase_order_ordered ON purchase_order (ordered_at, id);
