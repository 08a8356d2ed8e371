-- What people and dashboards ask for. Views read with the rights of their owner: role duestream_reader is enough.
create table duestream.feature (
  feature_schema text not null,
  position integer not null,
  name text not null,
  unit text not null,
  scale bigint not null,
  meaning text not null,
  primary key (feature_schema, position)
);
grant select, insert on duestream.feature to duestream_writer;
grant select on duestream.feature to duestream_reader;
comment on table duestream.feature is 'What decisions.features holds, for every feature schema that a sink has known';
comment on column duestream.feature.feature_schema is 'as in decisions.feature_schema';
comment on column duestream.feature.position is 'index into decisions.features, from 1';
comment on column duestream.feature.name is 'name, outstanding for example';
comment on column duestream.feature.unit is 'unit of the value';
comment on column duestream.feature.scale is 'the stored integer divided by this is the value';
comment on column duestream.feature.meaning is 'what it says';

create view duestream.decision_features as
select d.customer_id, d.business_date, d.event_id, d.currency, f.name, trim_scale(d.features[f.position]::numeric / f.scale) as value, f.unit, d.task, d.log_partition, d.seq
from duestream.decisions d join duestream.feature f using (feature_schema);
comment on view duestream.decision_features is 'One row per decision and feature, with names and values in their units';
comment on column duestream.decision_features.customer_id is 'the customer who pays';
comment on column duestream.decision_features.business_date is 'the day on which the event counts';
comment on column duestream.decision_features.event_id is 'the event that was decided on';
comment on column duestream.decision_features.currency is 'of amounts';
comment on column duestream.decision_features.name is 'of the feature';
comment on column duestream.decision_features.value is 'in its unit; amounts in minor units';
comment on column duestream.decision_features.unit is 'of value';
comment on column duestream.decision_features.task is 'with log_partition and seq, the decision';
comment on column duestream.decision_features.log_partition is 'see task';
comment on column duestream.decision_features.seq is 'see task';

create view duestream.customer_risk_now as
with place as (
  select feature_schema,
         max(position) filter (where name = 'outstanding') as outstanding, max(position) filter (where name = 'overdue') as overdue,
         max(position) filter (where name = 'open_items') as open_items, max(position) filter (where name = 'avg_delay_180d') as avg_delay,
         max(scale) filter (where name = 'avg_delay_180d') as delay_scale
  from duestream.feature group by feature_schema
), newest as (
  select distinct on (customer_id, currency) * from duestream.decisions order by customer_id, currency, seq desc
)
select n.customer_id, n.currency, n.decision, n.features[p.outstanding] as outstanding_minor, n.features[p.overdue] as overdue_minor,
       n.features[p.open_items] as open_items, round(n.features[p.avg_delay]::numeric / p.delay_scale, 1) as avg_delay_days, n.reasons,
       n.business_date, n.task_time as decided_at, n.decision_id
from newest n left join place p using (feature_schema)
where n.currency is not null
   or not exists (select from duestream.decisions d where d.customer_id = n.customer_id and d.currency is not null);
comment on view duestream.customer_risk_now is 'The last decision on each customer and currency: how risky, why, and what is owed. A customer without a money event yet has one row without currency';
comment on column duestream.customer_risk_now.customer_id is 'the customer who pays';
comment on column duestream.customer_risk_now.currency is 'ISO 4217; balances of different currencies are never added';
comment on column duestream.customer_risk_now.decision is 'HIGH or LOW';
comment on column duestream.customer_risk_now.outstanding_minor is 'what is owed, in minor units, right after the event that was decided on';
comment on column duestream.customer_risk_now.overdue_minor is 'of it, due before business_date';
comment on column duestream.customer_risk_now.open_items is 'invoices with something left to pay';
comment on column duestream.customer_risk_now.avg_delay_days is 'payment delay in days, the mean over payments of 180 days; negative: early';
comment on column duestream.customer_risk_now.reasons is 'codes of what made it HIGH';
comment on column duestream.customer_risk_now.business_date is 'the day as of which it was judged';
comment on column duestream.customer_risk_now.decided_at is 'task time of the decision';
comment on column duestream.customer_risk_now.decision_id is 'the decision';

-- What counts: readable as an event, not refused by any step, and the first of those with its business key. Here and below, rows are
-- brought together by windows and groups, not by joins of what was grouped before: of that the planner knows no size, and what it
-- takes for 200 rows it compares one by one.
create view duestream.invoices as
with counted as (
  select e.*, min(version) over document as first_version,
         min(business_date) filter (where cancellation_id is not null) over document as cancelled_on,
         row_number() over (partition by customer_id, invoice_id order by version desc nulls last, log_offset) as place
  from duestream.invoice_events e
  where e.refusal is null and e.event_type like 'due.invoice.%'
    and not exists (select from duestream.dead_letters d
                    where d.origin_topic = 'invoices' and d.origin_partition = e.log_partition and d.origin_offset = e.log_offset)
  window document as (partition by customer_id, invoice_id)
)
select customer_id, invoice_id, version, issue_date, due_date, currency, gross_minor, cancelled_on
from counted where place = 1 and first_version = 1;
comment on view duestream.invoices is 'Invoices as they stand: the newest version, and whether it was cancelled';
comment on column duestream.invoices.customer_id is 'the customer who pays';
comment on column duestream.invoices.invoice_id is 'the invoice';
comment on column duestream.invoices.version is '1: as issued; above: corrected';
comment on column duestream.invoices.issue_date is 'issue date of this version';
comment on column duestream.invoices.due_date is 'when it is to be paid';
comment on column duestream.invoices.currency is 'ISO 4217';
comment on column duestream.invoices.gross_minor is 'what is to be paid, in minor units';
comment on column duestream.invoices.cancelled_on is 'when it was cancelled; null: it was not';

create view duestream.credit_memos as
with counted as (
  select e.*, row_number() over (partition by customer_id, credit_memo_id order by log_partition, log_offset) as place
  from duestream.invoice_events e
  where e.refusal is null and e.credit_memo_id is not null
    and not exists (select from duestream.dead_letters d
                    where d.origin_topic = 'invoices' and d.origin_partition = e.log_partition and d.origin_offset = e.log_offset)
)
select customer_id, credit_memo_id, invoice_id, business_date as credit_date, currency, credited_minor from counted where place = 1;
comment on view duestream.credit_memos is 'Credit memos that count: a part of an invoice, or an amount of no invoice in particular, is not owed any more';
comment on column duestream.credit_memos.customer_id is 'the customer who pays';
comment on column duestream.credit_memos.credit_memo_id is 'the credit memo';
comment on column duestream.credit_memos.invoice_id is 'the invoice that it credits; null: none in particular, so no open item changes';
comment on column duestream.credit_memos.credit_date is 'when';
comment on column duestream.credit_memos.currency is 'ISO 4217';
comment on column duestream.credit_memos.credited_minor is 'amount in minor units';

create view duestream.payments as
with counted as (
  select e.*, min(business_date) filter (where reversal_id is not null) over (partition by customer_id, payment_id) as reversed_on,
         row_number() over (partition by customer_id, payment_id order by (reversal_id is not null), log_offset) as place
  from duestream.payment_events e
  where e.refusal is null and e.event_type like 'due.payment.%'
    and not exists (select from duestream.dead_letters d
                    where d.origin_topic = 'payments' and d.origin_partition = e.log_partition and d.origin_offset = e.log_offset)
)
select customer_id, payment_id, invoice_id, business_date as value_date, currency, amount_minor, reversed_on
from counted where place = 1 and reversal_id is null;
comment on view duestream.payments is 'Payments that count, and whether they were taken back';
comment on column duestream.payments.customer_id is 'the customer who pays';
comment on column duestream.payments.payment_id is 'the payment';
comment on column duestream.payments.invoice_id is 'the invoice it pays; null: none was named';
comment on column duestream.payments.value_date is 'when it was paid';
comment on column duestream.payments.currency is 'ISO 4217';
comment on column duestream.payments.amount_minor is 'amount in minor units';
comment on column duestream.payments.reversed_on is 'when it was taken back; null: it was not';

create view duestream.usage as
select distinct on (customer_id, usage_id) customer_id, usage_id, business_date, occurred_at, meter, quantity, has_case
from duestream.usage_events e
where e.refusal is null and e.event_type like 'due.usage.%'
  and not exists (select from duestream.dead_letters d
                  where d.origin_topic = 'usage'
                    and d.origin_partition = e.log_partition and d.origin_offset = e.log_offset)
order by customer_id, usage_id, log_offset;
comment on view duestream.usage is 'Usage that counts';
comment on column duestream.usage.customer_id is 'the customer who pays';
comment on column duestream.usage.usage_id is 'the usage';
comment on column duestream.usage.business_date is 'the day on which it counts';
comment on column duestream.usage.occurred_at is 'when';
comment on column duestream.usage.meter is 'what was used';
comment on column duestream.usage.quantity is 'how much, in whole units of the meter';
comment on column duestream.usage.has_case is 'does it belong to a case?';

-- Open items by business dates: what was issued, cancelled, credited, paid and taken back up to a day. A payment pays the invoice that it names,
-- in that invoice's currency, and at most what is left of it.
create function duestream.open_items_on(day date)
returns table (customer_id text, invoice_id text, issue_date date, due_date date, currency text, gross_minor bigint,
               credited_minor bigint, paid_minor bigint, open_minor bigint, days_overdue integer)
language sql stable as $$
  with entry as (
    select customer_id, invoice_id, currency, issue_date, due_date, gross_minor, 0::bigint as credited_minor, 0::bigint as paid_minor
    from duestream.invoices where issue_date <= day and (cancelled_on is null or cancelled_on > day)
    union all
    select customer_id, invoice_id, currency, null, null, null, credited_minor, 0
    from duestream.credit_memos where invoice_id is not null and credit_date <= day
    union all
    select customer_id, invoice_id, currency, null, null, null, 0, amount_minor
    from duestream.payments where invoice_id is not null and value_date <= day and (reversed_on is null or reversed_on > day)
  ), item as (
    select customer_id, invoice_id, currency, max(issue_date) as issue_date, max(due_date) as due_date, max(gross_minor) as gross_minor,
           sum(credited_minor)::bigint as credited_minor, sum(paid_minor)::bigint as paid_minor
    from entry group by customer_id, invoice_id, currency
  )
  select customer_id, invoice_id, issue_date, due_date, currency, gross_minor, credited_minor, paid_minor, gross_minor - credited_minor - paid_minor,
         greatest(day - due_date, 0)
  from item where gross_minor > credited_minor + paid_minor
$$;
comment on function duestream.open_items_on(date) is 'Invoices with something left to pay at the end of a day. What a payment exceeds its invoice by counts for later versions of that invoice, which the engine leaves unallocated';

create view duestream.open_items as select * from duestream.open_items_on(current_date);
comment on view duestream.open_items is 'Invoices with something left to pay today; open_items_on(day) tells it for any day';
comment on column duestream.open_items.customer_id is 'the customer who pays';
comment on column duestream.open_items.invoice_id is 'the invoice';
comment on column duestream.open_items.issue_date is 'when it was issued';
comment on column duestream.open_items.due_date is 'when it is to be paid';
comment on column duestream.open_items.currency is 'ISO 4217';
comment on column duestream.open_items.gross_minor is 'what is to be paid, in minor units';
comment on column duestream.open_items.credited_minor is 'what was credited by then';
comment on column duestream.open_items.paid_minor is 'what was paid of it';
comment on column duestream.open_items.open_minor is 'what is left';
comment on column duestream.open_items.days_overdue is 'days behind the due date; 0: not due yet';

create function duestream.receivables_ageing_on(day date)
returns table (customer_id text, currency text, open_minor numeric, not_due_minor numeric, days_1_30_minor numeric, days_31_60_minor numeric,
               days_61_90_minor numeric, over_90_minor numeric, open_items bigint, oldest_due_date date)
language sql stable as $$
  select customer_id, currency, sum(open_minor), coalesce(sum(open_minor) filter (where days_overdue = 0), 0),
         coalesce(sum(open_minor) filter (where days_overdue between 1 and 30), 0),
         coalesce(sum(open_minor) filter (where days_overdue between 31 and 60), 0),
         coalesce(sum(open_minor) filter (where days_overdue between 61 and 90), 0),
         coalesce(sum(open_minor) filter (where days_overdue > 90), 0), count(*), min(due_date)
  from duestream.open_items_on(day) group by customer_id, currency
$$;
comment on function duestream.receivables_ageing_on(date) is 'Receivables by age at the end of a day, per customer and currency';

create view duestream.receivables_ageing as select * from duestream.receivables_ageing_on(current_date);
comment on view duestream.receivables_ageing is 'Receivables by age today, per customer and currency; receivables_ageing_on(day) tells it for any day';
comment on column duestream.receivables_ageing.customer_id is 'the customer who pays';
comment on column duestream.receivables_ageing.currency is 'ISO 4217';
comment on column duestream.receivables_ageing.open_minor is 'what is owed, in minor units';
comment on column duestream.receivables_ageing.not_due_minor is 'of it, not due yet';
comment on column duestream.receivables_ageing.days_1_30_minor is 'of it, 1 to 30 days overdue';
comment on column duestream.receivables_ageing.days_31_60_minor is 'of it, 31 to 60 days overdue';
comment on column duestream.receivables_ageing.days_61_90_minor is 'of it, 61 to 90 days overdue';
comment on column duestream.receivables_ageing.over_90_minor is 'of it, more than 90 days overdue';
comment on column duestream.receivables_ageing.open_items is 'invoices with something left to pay';
comment on column duestream.receivables_ageing.oldest_due_date is 'due date of the oldest of them';

create view duestream.payment_behaviour as
with entry as (
  select customer_id, invoice_id, currency, due_date, null::text as payment_id, null::date as value_date, null::bigint as amount_minor
  from duestream.invoices
  union all
  select customer_id, invoice_id, currency, null, payment_id, value_date, amount_minor from duestream.payments where reversed_on is null
), met as (
  select customer_id, currency, payment_id, value_date, amount_minor,
         value_date - max(due_date) over (partition by customer_id, invoice_id, currency) as delay_days
  from entry
), paid as (
  select *, row_number() over (partition by customer_id, currency order by value_date desc, payment_id desc) as age
  from met where payment_id is not null
)
select customer_id, currency, count(*) as payments, sum(amount_minor) as paid_minor, count(delay_days) as with_invoice,
       round(avg(delay_days), 1) as avg_delay_days,
       round(sum(delay_days::numeric * amount_minor) / nullif(sum(amount_minor) filter (where delay_days is not null), 0), 1) as weighted_delay_days,
       max(delay_days) as worst_delay_days, count(*) filter (where delay_days > 0) as late_payments,
       round(count(*) filter (where delay_days > 0)::numeric / nullif(count(delay_days), 0), 3) as late_share,
       round(avg(delay_days) filter (where age <= 10), 1) as avg_delay_days_last_10, min(value_date) as first_payment, max(value_date) as last_payment
from paid group by customer_id, currency;
comment on view duestream.payment_behaviour is 'How each customer pays, per currency: over all payments that were not taken back';
comment on column duestream.payment_behaviour.customer_id is 'the customer who pays';
comment on column duestream.payment_behaviour.currency is 'ISO 4217';
comment on column duestream.payment_behaviour.payments is 'number of payments';
comment on column duestream.payment_behaviour.paid_minor is 'their sum, in minor units';
comment on column duestream.payment_behaviour.with_invoice is 'of them, those that name an invoice which is known: delays are of these';
comment on column duestream.payment_behaviour.avg_delay_days is 'mean of value date minus due date, in days; negative: early';
comment on column duestream.payment_behaviour.weighted_delay_days is 'the same, weighted by amount';
comment on column duestream.payment_behaviour.worst_delay_days is 'the longest delay';
comment on column duestream.payment_behaviour.late_payments is 'payments after their due date';
comment on column duestream.payment_behaviour.late_share is 'of with_invoice, from 0 to 1';
comment on column duestream.payment_behaviour.avg_delay_days_last_10 is 'mean delay among the newest ten payments: against avg_delay_days, which way it goes';
comment on column duestream.payment_behaviour.first_payment is 'value date of the first payment';
comment on column duestream.payment_behaviour.last_payment is 'value date of the last payment';

create function duestream.legible(bytes bytea) returns text language plpgsql immutable as $$
begin
  return convert_from(bytes, 'UTF8');
exception when others then
  return encode(bytes, 'escape');
end $$;
comment on function duestream.legible(bytea) is 'Bytes as text: as they are where they are UTF-8, else with \ooo for what is not';

create view duestream.bad_records as
select logged_at, code, field, remedy, stage, origin_topic || '/' || origin_partition || '/' || origin_offset as origin,
       duestream.legible(key) as key, duestream.legible(value) as value, task, log_partition, seq
from duestream.dead_letters;
comment on view duestream.bad_records is 'What was refused and why, readable; the bytes are in dead_letters';
comment on column duestream.bad_records.logged_at is 'when it was refused';
comment on column duestream.bad_records.code is 'why';
comment on column duestream.bad_records.field is 'path of the culprit; empty: the record as a whole';
comment on column duestream.bad_records.remedy is 'what the sender should do';
comment on column duestream.bad_records.stage is 'which step refused it';
comment on column duestream.bad_records.origin is 'topic/partition/offset that it was received from';
comment on column duestream.bad_records.key is 'key as received';
comment on column duestream.bad_records.value is 'value as received';
comment on column duestream.bad_records.task is 'with log_partition and seq, the dead letter';
comment on column duestream.bad_records.log_partition is 'see task';
comment on column duestream.bad_records.seq is 'see task';

grant select on duestream.decision_features, duestream.customer_risk_now, duestream.invoices, duestream.credit_memos, duestream.payments, duestream.usage, duestream.open_items,
  duestream.receivables_ageing, duestream.payment_behaviour, duestream.bad_records to duestream_reader;
