-- Topics invoices, payments, usage: every record, also those that were refused later. Views invoices, payments and usage show what counts.
create table duestream.invoice_events (
  log_partition integer not null,
  log_offset bigint not null,
  logged_at timestamptz,
  key bytea,
  refusal text,
  event_id text,
  event_source text,
  event_type text,
  customer_id text,
  event_time timestamptz,
  business_date date,
  invoice_id text,
  version bigint,
  cancellation_id text,
  credit_memo_id text,
  issue_date date,
  due_date date,
  currency text,
  gross_minor bigint,
  credited_minor bigint,
  headers json,
  record json,
  raw bytea,
  primary key (log_partition, log_offset)
) partition by hash (log_partition);
create table duestream.payment_events (
  log_partition integer not null,
  log_offset bigint not null,
  logged_at timestamptz,
  key bytea,
  refusal text,
  event_id text,
  event_source text,
  event_type text,
  customer_id text,
  event_time timestamptz,
  business_date date,
  payment_id text,
  invoice_id text,
  reversal_id text,
  currency text,
  amount_minor bigint,
  headers json,
  record json,
  raw bytea,
  primary key (log_partition, log_offset)
) partition by hash (log_partition);
create table duestream.usage_events (
  log_partition integer not null,
  log_offset bigint not null,
  logged_at timestamptz,
  key bytea,
  refusal text,
  event_id text,
  event_source text,
  event_type text,
  customer_id text,
  event_time timestamptz,
  business_date date,
  usage_id text,
  meter text,
  quantity bigint,
  occurred_at timestamptz,
  has_case boolean,
  headers json,
  record json,
  raw bytea,
  primary key (log_partition, log_offset)
) partition by hash (log_partition);
select duestream.make_partitions(t) from unnest(array['duestream.invoice_events', 'duestream.payment_events', 'duestream.usage_events']::regclass[]) t;
create index invoice_events_by_customer on duestream.invoice_events (customer_id, invoice_id);
create index payment_events_by_customer on duestream.payment_events (customer_id, invoice_id);
create index usage_events_by_customer on duestream.usage_events (customer_id, business_date);
select duestream.make_ledger(t) from unnest(array['duestream.invoice_events', 'duestream.payment_events', 'duestream.usage_events']::regclass[]) t;

comment on table duestream.invoice_events is 'Every record of topic invoices: issued, corrected, cancelled, credited, repeated, refused. View invoices shows invoices as they stand';
comment on table duestream.payment_events is 'Every record of topic payments: received, reversed, repeated, refused. View payments shows what counts';
comment on table duestream.usage_events is 'Every record of topic usage, repeated and refused ones too. View usage shows what counts';
-- Columns that they share mean the same in each.
do $$
declare t text;
begin
  foreach t in array array['invoice_events', 'payment_events', 'usage_events'] loop
    execute format('comment on column duestream.%I.log_partition is %L', t, 'partition of the topic');
    execute format('comment on column duestream.%I.log_offset is %L', t, 'offset of the record there');
    execute format('comment on column duestream.%I.logged_at is %L', t, 'Kafka timestamp of the record, the sender''s clock; null where that is no instant of the years 1 to 9999');
    execute format('comment on column duestream.%I.key is %L', t, 'key as received; null: none');
    execute format('comment on column duestream.%I.refusal is %L', t, 'why the record cannot be read as an event; null: it can. What is refused for another reason is in dead_letters');
    execute format('comment on column duestream.%I.event_id is %L', t, 'CloudEvents id');
    execute format('comment on column duestream.%I.event_source is %L', t, 'CloudEvents source');
    execute format('comment on column duestream.%I.event_type is %L', t, 'CloudEvents type');
    execute format('comment on column duestream.%I.customer_id is %L', t, 'the customer who pays');
    execute format('comment on column duestream.%I.event_time is %L', t, 'CloudEvents time; where it is missing, the start of the business date');
    execute format('comment on column duestream.%I.business_date is %L', t, 'the day on which the event counts');
    execute format('comment on column duestream.%I.headers is %L', t, 'all headers in order, as [name, value]; what is not text is {"hex": "..."}; null: none');
    execute format('comment on column duestream.%I.record is %L', t, 'the value, byte for byte, where it is JSON');
    execute format('comment on column duestream.%I.raw is %L', t, 'the value, byte for byte, where it is not JSON');
  end loop;
end $$;
comment on column duestream.invoice_events.invoice_id is 'the invoice; null: a credit memo for none in particular';
comment on column duestream.invoice_events.version is '1: as issued; 2 and above: a correction. Null: a cancellation or a credit memo';
comment on column duestream.invoice_events.cancellation_id is 'of a cancellation, its own id';
comment on column duestream.invoice_events.credit_memo_id is 'of a credit memo, its own id';
comment on column duestream.invoice_events.issue_date is 'issue date of the invoice or correction';
comment on column duestream.invoice_events.due_date is 'when it is to be paid';
comment on column duestream.invoice_events.currency is 'ISO 4217';
comment on column duestream.invoice_events.gross_minor is 'what is to be paid, in minor units of currency (EUR 12.34 is 1234)';
comment on column duestream.invoice_events.credited_minor is 'of a credit memo, what is not owed any more, in minor units of currency';
comment on column duestream.payment_events.payment_id is 'the payment, also of a reversal';
comment on column duestream.payment_events.invoice_id is 'the invoice it pays; null: none was named';
comment on column duestream.payment_events.reversal_id is 'of a reversal, its own id';
comment on column duestream.payment_events.currency is 'ISO 4217';
comment on column duestream.payment_events.amount_minor is 'amount in minor units of currency; of a reversal, what is taken back';
comment on column duestream.usage_events.usage_id is 'the usage';
comment on column duestream.usage_events.meter is 'what was used';
comment on column duestream.usage_events.quantity is 'how much, in whole units of the meter';
comment on column duestream.usage_events.occurred_at is 'when';
comment on column duestream.usage_events.has_case is 'does it belong to a case? Which one: record->''data''->>''case_id''';
