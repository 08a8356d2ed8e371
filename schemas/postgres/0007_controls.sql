-- Topic controls, schemas/json/control-*.schema.json: orders of people to the system, every record of it, also those that were refused later.
create table duestream.control_events (
  log_partition integer not null,
  log_offset bigint not null,
  logged_at timestamptz,
  key bytea,
  refusal text,
  event_id text,
  event_source text,
  event_type text,
  event_time timestamptz,
  control_id text,
  actor text,
  reason text,
  skip_topic text,
  skip_partition integer,
  skip_offset bigint,
  headers json,
  record json,
  raw bytea,
  primary key (log_partition, log_offset)
);
create index control_events_by_id on duestream.control_events (control_id);
create index control_events_by_skip on duestream.control_events (skip_topic, skip_partition, skip_offset);
select duestream.make_ledger('duestream.control_events');
comment on table duestream.control_events is 'Every record of topic controls: who ordered what, and why. What was refused is in dead_letters too; what was passed over is there with code SKIPPED_BY_CONTROL, and its remedy names the control';
comment on column duestream.control_events.log_partition is 'partition of the topic: it has one';
comment on column duestream.control_events.log_offset is 'offset of the record there';
comment on column duestream.control_events.logged_at is 'Kafka timestamp of the record, the sender''s clock; null where that is no instant of the years 1 to 9999';
comment on column duestream.control_events.key is 'key as received; null: none. It says nothing';
comment on column duestream.control_events.refusal is 'why the record cannot be read as an order; null: it can. What is refused for another reason is in dead_letters';
comment on column duestream.control_events.event_id is 'CloudEvents id';
comment on column duestream.control_events.event_source is 'CloudEvents source';
comment on column duestream.control_events.event_type is 'CloudEvents type: what kind of order';
comment on column duestream.control_events.event_time is 'CloudEvents time: when it was said';
comment on column duestream.control_events.control_id is 'names the order for ever';
comment on column duestream.control_events.actor is 'who ordered it';
comment on column duestream.control_events.reason is 'why';
comment on column duestream.control_events.skip_topic is 'of a record-skipped: the input, without prefix. What other orders are about: record->''data''';
comment on column duestream.control_events.skip_partition is 'of a record-skipped: partition of the record to pass over';
comment on column duestream.control_events.skip_offset is 'of a record-skipped: its offset';
comment on column duestream.control_events.headers is 'all headers in order, as [name, value]; what is not text is {"hex": "..."}; null: none';
comment on column duestream.control_events.record is 'the value, byte for byte, where it is JSON';
comment on column duestream.control_events.raw is 'the value, byte for byte, where it is not JSON';
