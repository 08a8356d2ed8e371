-- The closed items as the CSV has them; psql variable csv: an uncompressed copy. row_number counts the lines behind the header.
CREATE TABLE closed_item (
  row_number int GENERATED ALWAYS AS IDENTITY,
  clear_date date, due_date date, cust_number text, seq_in_customer text, amount text, days_late text, invoice_id text,
  terms_days_est text, currency_est text, ref_pred_days_late text, ref_pred_p10 text, ref_pred_p90 text);
\set copy '\\copy closed_item (clear_date, due_date, cust_number, seq_in_customer, amount, days_late, invoice_id, terms_days_est, currency_est, ref_pred_days_late, ref_pred_p10, ref_pred_p90) FROM ' :'csv' ' WITH (FORMAT csv, HEADER)'
:copy
