-- What every decision over the online retail documents must say, from the CSV and the written definitions alone:
-- docs/features.md and docs/mappings/online-retail.md. PostgreSQL 15.
--
--   Source   psql variable csv: an uncompressed copy of online_retail_lines
--   Shape    tables document (all of them) and expected(event_id, customer_id, business_date, currency, decision, features bigint[24])
--   Units    pence, days
CREATE TABLE line (
  row_number int GENERATED ALWAYS AS IDENTITY,
  invoice_no text, stock_code text, quantity int, invoice_date timestamp, unit_price numeric, customer_id text, country text);
\set copy '\\copy line (invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country) FROM ' :'csv' ' WITH (FORMAT csv, HEADER)'
:copy

CREATE TABLE document AS
SELECT invoice_no AS number, min(row_number) AS seq, min(customer_id) AS customer_id,
       (array_agg(invoice_date ORDER BY row_number))[1]::date AS day,
       sum(round(quantity * unit_price * 100))::bigint AS total,
       array_agg(format('%s %s %s', stock_code, abs(quantity), trim_scale(unit_price)) ORDER BY stock_code, abs(quantity), unit_price) AS lines,
       invoice_no LIKE 'C%' AS is_cancellation,
       NULL::text AS refers_to, false AS is_whole,  -- of a cancellation
       false AS is_cancelled, false AS is_credited  -- of an invoice
FROM line GROUP BY invoice_no;
ALTER TABLE document ADD PRIMARY KEY (number);
CREATE INDEX ON document (customer_id, seq);

-- Quantities by article: of an invoice, what has not come back yet.
CREATE TABLE holding AS
SELECT invoice_no AS number, stock_code, unit_price, sum(abs(quantity)) AS quantity
FROM line WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3;
CREATE UNIQUE INDEX ON holding (number, stock_code, unit_price);
ANALYZE;

DO $$
DECLARE
  c document;
  found text;
BEGIN
  FOR c IN SELECT * FROM document WHERE is_cancellation AND customer_id IS NOT NULL ORDER BY seq LOOP
    SELECT number INTO found FROM document i
    WHERE i.customer_id = c.customer_id AND i.seq < c.seq AND NOT i.is_cancellation AND NOT i.is_cancelled AND NOT i.is_credited AND i.lines = c.lines
    ORDER BY i.seq DESC LIMIT 1;
    IF found IS NOT NULL THEN
      UPDATE document SET is_cancelled = true WHERE number = found;
      UPDATE document SET refers_to = found, is_whole = true WHERE number = c.number;
      CONTINUE;
    END IF;
    SELECT number INTO found FROM document i
    WHERE i.customer_id = c.customer_id AND i.seq < c.seq AND NOT i.is_cancellation AND NOT i.is_cancelled AND NOT EXISTS (
      SELECT FROM holding back WHERE back.number = c.number AND NOT EXISTS (
        SELECT FROM holding h WHERE h.number = i.number AND (h.stock_code, h.unit_price) = (back.stock_code, back.unit_price) AND h.quantity >= back.quantity))
    ORDER BY i.seq DESC LIMIT 1;
    CONTINUE WHEN found IS NULL;
    UPDATE document SET is_credited = true WHERE number = found;
    UPDATE document SET refers_to = found WHERE number = c.number;
    UPDATE holding h SET quantity = h.quantity - back.quantity FROM holding back
    WHERE back.number = c.number AND h.number = found AND (h.stock_code, h.unit_price) = (back.stock_code, back.unit_price);
  END LOOP;
END $$;

CREATE INDEX ON document (refers_to);
ANALYZE document;

-- Each event beside each invoice of its customer that is known by then: what is left of the invoice.
CREATE TABLE seen AS
SELECT e.number, e.day, i.day AS issued, i.day + 30 AS due,
       w.number IS NOT NULL AS is_gone,
       CASE WHEN w.number IS NULL THEN i.total - coalesce((SELECT sum(-p.total) FROM document p
                                                           WHERE p.refers_to = i.number AND NOT p.is_whole AND p.seq <= e.seq), 0) ELSE 0 END AS claim
FROM document e
JOIN document i ON i.customer_id = e.customer_id AND NOT i.is_cancellation AND i.seq <= e.seq
LEFT JOIN document w ON w.refers_to = i.number AND w.is_whole AND w.seq <= e.seq;

CREATE TABLE expected AS
WITH sums AS (
  SELECT number,
         count(*) FILTER (WHERE NOT is_gone AND issued > day - 30) AS n30, coalesce(sum(claim) FILTER (WHERE issued > day - 30), 0) AS v30,
         count(*) FILTER (WHERE NOT is_gone AND issued > day - 90) AS n90, coalesce(sum(claim) FILTER (WHERE issued > day - 90), 0) AS v90,
         count(*) FILTER (WHERE NOT is_gone AND issued > day - 180) AS n180, coalesce(sum(claim) FILTER (WHERE issued > day - 180), 0) AS v180,
         sum(claim) AS outstanding, coalesce(sum(claim) FILTER (WHERE due < day), 0) AS overdue, count(*) FILTER (WHERE claim > 0) AS open
  FROM seen GROUP BY number
)
SELECT 'retail-' || number AS event_id, customer_id, day AS business_date, 'GBP' AS currency,
       CASE WHEN outstanding > 1000000 THEN 'HIGH' ELSE 'LOW' END AS decision,
       ARRAY[n30, v30, 0, 0, 0, 0, 0, n90, v90, 0, 0, 0, 0, 0, n180, v180, 0, 0, 0, 0, 0, outstanding, overdue, open]::bigint[] AS features
FROM (SELECT d.number, d.customer_id, d.day, coalesce(n30, 0) AS n30, coalesce(v30, 0) AS v30, coalesce(n90, 0) AS n90, coalesce(v90, 0) AS v90,
             coalesce(n180, 0) AS n180, coalesce(v180, 0) AS v180, coalesce(outstanding, 0) AS outstanding, coalesce(overdue, 0) AS overdue,
             coalesce(open, 0) AS open
      FROM document d LEFT JOIN sums USING (number) WHERE d.customer_id IS NOT NULL) with_sums;
CREATE UNIQUE INDEX ON expected (event_id);

-- What the short cuts above rely on.
DO $$
BEGIN
  ASSERT NOT EXISTS (SELECT FROM line GROUP BY invoice_no HAVING count(DISTINCT coalesce(customer_id, '')) > 1), 'a document has one customer';
  ASSERT NOT EXISTS (SELECT FROM (SELECT day, lag(day) OVER (ORDER BY seq) AS before FROM document) d WHERE day < before), 'days ascend';
  ASSERT NOT EXISTS (SELECT FROM seen WHERE claim < 0), 'no invoice is credited beyond its total';
END $$;
