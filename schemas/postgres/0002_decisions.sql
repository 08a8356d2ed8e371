-- Topic decisions, schemas/json/decision.schema.json.
create table duestream.decisions (
  log_offset bigint not null,
  logged_at timestamptz not null,
  task text not null,
  log_partition integer not null,
  seq bigint not null,
  task_time timestamptz not null,
  decision_id text not null,
  event_id text not null,
  event_source text not null,
  event_type text not null,
  customer_id text not null,
  business_date date not null,
  currency text,
  decision text not null,
  rule text not null,
  reasons text[] not null,
  features bigint[] not null,
  feature_schema text not null,
  logic text not null,
  record json not null,
  primary key (task, log_partition, seq)
) partition by hash (task);
select duestream.make_partitions('duestream.decisions');
create index decisions_by_customer on duestream.decisions (customer_id, currency, seq);
select duestream.make_ledger('duestream.decisions');
comment on table duestream.decisions is 'Every decision, one per accepted event: how risky the customer is, why, and on which figures';
comment on column duestream.decisions.log_offset is 'offset of the record in topic decisions';
comment on column duestream.decisions.logged_at is 'when the log stored it';
comment on column duestream.decisions.task is 'the task that decided';
comment on column duestream.decisions.log_partition is 'partition of topic decisions';
comment on column duestream.decisions.seq is 'number of the record among those of its task in that partition: 1, 2, 3, without a gap';
comment on column duestream.decisions.task_time is 'task time T of the decision: as of when it was judged';
comment on column duestream.decisions.decision_id is 'where the event lies that was decided on: topic/partition/offset';
comment on column duestream.decisions.event_id is 'CloudEvents id of the event that was decided on';
comment on column duestream.decisions.event_source is 'its CloudEvents source';
comment on column duestream.decisions.event_type is 'its type, due.invoice.issued.v1 for example';
comment on column duestream.decisions.customer_id is 'the customer who pays';
comment on column duestream.decisions.business_date is 'the day on which the event counts';
comment on column duestream.decisions.currency is 'ISO 4217, of the account whose figures are in features; null before the customer''s first money event';
comment on column duestream.decisions.decision is 'HIGH or LOW';
comment on column duestream.decisions.rule is 'the rule that decided';
comment on column duestream.decisions.reasons is 'codes of what made it HIGH; empty for LOW. The figures that were compared: record->''data''->''reasons''';
comment on column duestream.decisions.features is 'the vector that was judged, as integers on the scale that duestream features prints; docs/features.md numbers them from 0, SQL from 1';
comment on column duestream.decisions.feature_schema is 'names the meaning of features';
comment on column duestream.decisions.logic is 'logic version that decided';
comment on column duestream.decisions.record is 'the record''s value, byte for byte';
