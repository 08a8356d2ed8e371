-- Topic dead-letters, schemas/json/dead-letter.schema.json.
create table duestream.dead_letters (
  log_offset bigint not null,
  logged_at timestamptz not null,
  task text not null,
  log_partition integer not null,
  seq bigint not null,
  task_time timestamptz not null,
  key bytea,
  code text not null,
  field text not null,
  remedy text not null,
  stage text not null,
  origin_topic text not null,
  origin_partition integer not null,
  origin_offset bigint not null,
  origin_timestamp timestamptz,
  headers json not null,
  value bytea,
  primary key (task, log_partition, seq)
);
create index dead_letters_by_origin on duestream.dead_letters (origin_topic, origin_partition, origin_offset);
select duestream.make_ledger('duestream.dead_letters');
comment on table duestream.dead_letters is 'Every record that was refused, whole, with the reason. View bad_records shows them readable';
comment on column duestream.dead_letters.log_offset is 'offset of the record in topic dead-letters';
comment on column duestream.dead_letters.logged_at is 'when the log stored it';
comment on column duestream.dead_letters.task is 'the task that refused it';
comment on column duestream.dead_letters.log_partition is 'partition of topic dead-letters';
comment on column duestream.dead_letters.seq is 'number of the record among those of its task in that partition: 1, 2, 3, without a gap';
comment on column duestream.dead_letters.task_time is 'task time T when it was refused';
comment on column duestream.dead_letters.key is 'key as received; null: none';
comment on column duestream.dead_letters.code is 'why, a code of schemas/json/dead-letter.schema.json';
comment on column duestream.dead_letters.field is 'path of the culprit; empty: the record as a whole';
comment on column duestream.dead_letters.remedy is 'what the sender should do';
comment on column duestream.dead_letters.stage is 'which step refused it';
comment on column duestream.dead_letters.origin_topic is 'topic that it was received from, without prefix';
comment on column duestream.dead_letters.origin_partition is 'its partition there';
comment on column duestream.dead_letters.origin_offset is 'its offset there';
comment on column duestream.dead_letters.origin_timestamp is 'its timestamp there; null where that is no instant of the years 1 to 9999';
comment on column duestream.dead_letters.headers is 'all headers in order, as [name, value]; what is not text is {"hex": "..."}';
comment on column duestream.dead_letters.value is 'value as received, byte for byte; null: none, or too large for the topic (header x-err.truncated)';
