-- What every decision over the 40,000 closed items must say, from the CSV and the written definitions alone:
-- docs/features.md (windows, items, order, rounding) and docs/mappings/hrc-closed.md (what a row means). PostgreSQL 15.
--
--   Source   table closed_item: the columns of the CSV as text or date, and row_number, the line behind the header counted from 1
--   Shape    table expected(event_id, customer_id, business_date, currency, decision, features bigint[24]), one row per event
--   Units    minor units, days; ratios in ten-thousandths
--   Early    psql variable early (default false): the issue date is due - terms also where that lies behind the clearing, so that
--            343 payments come before their invoices; in the published mapping none does
--
-- It relies on what holds for this mapping and is asserted at the end: a customer has one currency, an invoice has one payment of
-- its whole amount, and events are processed in the order of their business dates (ordered by date, then topic, then row), so that
-- the customer's newest day is always the event's own and the 180-day rule never leaves out more than the windows do.

\if :{?early} \else \set early false \endif

-- a / b in ten-thousandths, a half rounded towards plus infinity; 0 where b is 0. numeric division could round: floor of a
-- quotient of integers is taken by div() and corrected for negative remainders.
CREATE FUNCTION ratio(a numeric, b numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN b = 0 THEN 0 ELSE
    div(2 * a * 10000 + b, 2 * b) - CASE WHEN mod(2 * a * 10000 + b, 2 * b) < 0 THEN 1 ELSE 0 END END::bigint
$$;

-- One row per item, as docs/mappings/hrc-closed.md reads the CSV.
CREATE TABLE item AS
SELECT row_number AS item,
       cust_number AS customer_id,
       CASE WHEN :early THEN due_date - terms ELSE least(due_date - terms, clear_date) END AS issue_date,
       due_date,
       clear_date,
       coalesce(nullif(currency_est, ''), 'USD') AS currency,
       (amount::numeric * 100)::bigint AS amount,
       'hrc-invoice-' || lpad(row_number::text, 5, '0') AS invoice_event,
       'hrc-payment-' || lpad(row_number::text, 5, '0') AS payment_event
FROM (SELECT *, coalesce(nullif(terms_days_est, '')::int, 30) AS terms FROM closed_item) with_terms;

-- Two events per item, numbered per customer in the order of processing.
CREATE TABLE event AS
SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY day, topic, item) AS seq
FROM (
  SELECT item, customer_id, currency, issue_date AS day, 0 AS topic, invoice_event AS event_id, amount FROM item
  UNION ALL
  SELECT item, customer_id, currency, clear_date, 1, payment_event, amount FROM item
) both_topics;
CREATE INDEX ON event (item, topic);

-- An item is settled by the later of its two events: a payment that comes first waits unallocated. DELAY and LATE belong to the
-- payment's day and are known from then on.
CREATE TABLE settled AS
SELECT i.item, i.customer_id, i.due_date, i.clear_date, i.amount, greatest(o.seq, p.seq) AS seq, p.seq < o.seq AS early,
       i.clear_date - i.due_date AS delay, (i.clear_date > i.due_date)::int AS late
FROM item i
JOIN event o ON o.item = i.item AND o.topic = 0
JOIN event p ON p.item = i.item AND p.topic = 1;
CREATE INDEX ON settled (customer_id) WHERE early;

-- What each event adds: to the sums of its own day, and to the balance. DELAY and LATE of early payments come extra, below.
CREATE TABLE contribution AS
SELECT e.*,
       (e.topic = 0)::int AS invoices, CASE WHEN e.topic = 0 THEN e.amount ELSE 0 END AS invoiced,
       (e.topic = 1)::int AS payments, CASE WHEN e.topic = 1 THEN e.amount ELSE 0 END AS paid,
       CASE WHEN e.topic = 1 AND NOT s.early THEN s.delay ELSE 0 END AS delay,
       CASE WHEN e.topic = 1 AND NOT s.early THEN s.late ELSE 0 END AS late,
       CASE WHEN s.early THEN 0 WHEN e.topic = 0 THEN e.amount ELSE -e.amount END AS balance,
       CASE WHEN s.early THEN 0 WHEN e.topic = 0 THEN 1 ELSE -1 END AS opened
FROM event e
JOIN settled s USING (item);

-- Sums over (day - W, day] of what was processed up to the event: everything up to it, less what lies W days back or more.
\set sums 'sum(invoices) OVER upto - coalesce(sum(invoices) OVER past, 0) AS invoices, sum(invoiced) OVER upto - coalesce(sum(invoiced) OVER past, 0) AS invoiced, sum(payments) OVER upto - coalesce(sum(payments) OVER past, 0) AS payments, sum(paid) OVER upto - coalesce(sum(paid) OVER past, 0) AS paid, sum(delay) OVER upto - coalesce(sum(delay) OVER past, 0) AS delay, sum(late) OVER upto - coalesce(sum(late) OVER past, 0) AS late'
\set upto 'PARTITION BY customer_id, currency ORDER BY seq ROWS UNBOUNDED PRECEDING'
\set past 'PARTITION BY customer_id, currency ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND'
CREATE TABLE windowed AS
SELECT event_id, 30 AS w, :sums FROM contribution WINDOW upto AS (:upto), past AS (:past '30 days' PRECEDING)
UNION ALL
SELECT event_id, 90, :sums FROM contribution WINDOW upto AS (:upto), past AS (:past '90 days' PRECEDING)
UNION ALL
SELECT event_id, 180, :sums FROM contribution WINDOW upto AS (:upto), past AS (:past '180 days' PRECEDING);
CREATE INDEX ON windowed (event_id);

-- Early payments, allocated by now: their DELAY and LATE count on the payment's day. There are few.
CREATE TABLE early_delay AS
SELECT e.event_id, w.w, sum(s.delay) AS delay, sum(s.late) AS late
FROM event e
CROSS JOIN (VALUES (30), (90), (180)) AS w(w)
JOIN settled s ON s.customer_id = e.customer_id AND s.early AND s.seq <= e.seq AND s.clear_date > e.day - w.w AND s.clear_date <= e.day
GROUP BY e.event_id, w.w;

-- Overdue: items with a due date before the event's day that are not settled yet. Only an item paid after its due date ever is:
-- it joins at the start of the day behind the due date and leaves with its payment, which comes no earlier than that.
CREATE TABLE overdue AS
SELECT event_id, sum(change) OVER (PARTITION BY customer_id ORDER BY day, step, seq, item ROWS UNBOUNDED PRECEDING) AS overdue
FROM (
  SELECT NULL AS event_id, customer_id, due_date + 1 AS day, 0 AS step, 0 AS seq, item, amount AS change FROM settled WHERE clear_date > due_date AND NOT early
  UNION ALL
  SELECT e.event_id, e.customer_id, e.day, 1, e.seq, e.item, CASE WHEN e.topic = 1 AND s.clear_date > s.due_date AND NOT s.early THEN -e.amount ELSE 0 END
  FROM event e JOIN settled s USING (item)
) steps;
CREATE INDEX ON overdue (event_id);

CREATE TABLE balance AS
SELECT event_id, sum(balance) OVER upto AS outstanding, sum(opened) OVER upto AS open
FROM contribution WINDOW upto AS (:upto);
CREATE INDEX ON balance (event_id);

CREATE TABLE expected AS
WITH sums AS (
  SELECT event_id, w, invoices, invoiced, payments, paid,
         v.delay + coalesce(x.delay, 0) AS delay, v.late + coalesce(x.late, 0) AS late
  FROM windowed v LEFT JOIN early_delay x USING (event_id, w)
), vectors AS (
  SELECT event_id,
         array_agg(ARRAY[invoices, invoiced, ratio(delay, payments), ratio(late, payments), ratio(paid, invoiced), 0, 0]::bigint[] ORDER BY w) AS by_window,
         bool_or(w = 180 AND payments > 0 AND delay > 15 * payments) AS slow
  FROM sums GROUP BY event_id
)
SELECT e.event_id, e.customer_id, e.day AS business_date, e.currency,
       CASE WHEN v.slow OR b.outstanding > 1000000 THEN 'HIGH' ELSE 'LOW' END AS decision,
       (SELECT array_agg(f ORDER BY n) FROM unnest(v.by_window) WITH ORDINALITY AS u(f, n)) || ARRAY[b.outstanding, o.overdue, b.open]::bigint[] AS features
FROM event e
JOIN vectors v USING (event_id)
JOIN balance b USING (event_id)
JOIN overdue o USING (event_id);
CREATE UNIQUE INDEX ON expected (event_id);

-- What the short cuts above rely on.
DO $$
BEGIN
  ASSERT (SELECT count(*) FROM expected) = 2 * (SELECT count(*) FROM closed_item), 'one decision per event';
  ASSERT (SELECT bool_and(cardinality(features) = 24) FROM expected), 'twenty-four features';
  ASSERT NOT EXISTS (SELECT FROM item GROUP BY customer_id HAVING count(DISTINCT currency) > 1), 'one currency per customer';
  ASSERT NOT EXISTS (SELECT FROM item WHERE issue_date > due_date), 'no item is due before it is issued';
END $$;
