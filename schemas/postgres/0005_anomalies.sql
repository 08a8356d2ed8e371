-- Topic anomalies: findings of the gates. What every CloudEvent has are columns; the rest is in record.
create table duestream.anomalies (
  log_offset bigint not null,
  logged_at timestamptz not null,
  task text not null,
  log_partition integer not null,
  seq bigint not null,
  task_time timestamptz not null,
  anomaly_id text not null,
  type text not null,
  subject text,
  found_at timestamptz,
  record json not null,
  primary key (task, log_partition, seq)
);
create index anomalies_by_subject on duestream.anomalies (subject, seq);
select duestream.make_ledger('duestream.anomalies');
comment on table duestream.anomalies is 'Findings for people to review: what looks wrong, and on which evidence';
comment on column duestream.anomalies.log_offset is 'offset of the record in topic anomalies';
comment on column duestream.anomalies.logged_at is 'when the log stored it';
comment on column duestream.anomalies.task is 'the task that found it';
comment on column duestream.anomalies.log_partition is 'partition of topic anomalies';
comment on column duestream.anomalies.seq is 'number of the record among those of its task in that partition: 1, 2, 3, without a gap';
comment on column duestream.anomalies.task_time is 'task time T of the finding';
comment on column duestream.anomalies.anomaly_id is 'CloudEvents id; the same in every replay';
comment on column duestream.anomalies.type is 'CloudEvents type: what kind of finding';
comment on column duestream.anomalies.subject is 'whom it concerns, mostly a customer; null: nobody in particular';
comment on column duestream.anomalies.found_at is 'CloudEvents time';
comment on column duestream.anomalies.record is 'the record''s value, byte for byte';
