-- What every ledger table stands on: roles, the sink's own tables, and the guard that makes a table append-only.
-- Roles belong to the whole server: another database of it, or an administrator, may have made them already.
do $$
declare wanted text;
begin
  foreach wanted in array array['duestream_reader', 'duestream_writer'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;
end $$;

revoke all on schema duestream from public;
grant usage on schema duestream to duestream_reader, duestream_writer;
grant select on duestream.schema_version to duestream_reader, duestream_writer;
comment on schema duestream is 'What duestream decided and what it decided on, copied from its topics by duestream sink';
comment on table duestream.schema_version is 'Migrations that were applied: schemas/postgres/NNNN_*.sql, compiled into the program';
comment on column duestream.schema_version.version is 'number of the migration';
comment on column duestream.schema_version.name is 'its name';
comment on column duestream.schema_version.sha256 is 'SHA-256 of its text: a program with another text of the same number refuses to write';
comment on column duestream.schema_version.applied_at is 'when';
comment on column duestream.schema_version.applied_by is 'the login that applied it';

-- Raised by every trigger append_only.
create function duestream.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of %.% is refused: this table is append-only', lower(tg_op), tg_table_schema, tg_table_name
    using errcode = 'restrict_violation', hint = 'A correction is a further record of its topic. Nothing of a ledger is changed or removed.';
end $$;
comment on function duestream.refuse_change() is 'Refuses the statement: body of the triggers append_only';

-- Statement triggers, so that a statement which meets no row is refused as well; on every partition, because a statement may name
-- one; ENABLE ALWAYS, because session_replication_role = replica skips ordinary triggers. They stop owners and superusers, too.
create function duestream.make_ledger(ledger regclass) returns void language plpgsql as $$
declare part regclass;
begin
  for part in select relid from pg_partition_tree(ledger) union select ledger loop
    execute format('create trigger append_only before update or delete or truncate on %s for each statement execute function duestream.refuse_change()', part);
    execute format('alter table %s enable always trigger append_only', part);
    execute format('revoke all on %s from public, duestream_reader, duestream_writer', part);
  end loop;
  execute format('grant select, insert on %s to duestream_writer', ledger);
  execute format('grant select on %s to duestream_reader', ledger);
end $$;
revoke all on function duestream.make_ledger(regclass) from public;
comment on function duestream.make_ledger(regclass) is 'Makes a table and its partitions append-only, for owners and superusers too, and gives the roles their rights';

-- Eight partitions: a table of a billion rows has indexes of a size that stays in memory, and each can be vacuumed for itself.
create function duestream.make_partitions(parent regclass) returns void language plpgsql as $$
begin
  for i in 0..7 loop
    execute format('create table duestream.%I partition of %s for values with (modulus 8, remainder %s)',
                   (select relname from pg_class where oid = parent) || '_' || i, parent, i);
  end loop;
end $$;
revoke all on function duestream.make_partitions(regclass) from public;
comment on function duestream.make_partitions(regclass) is 'Creates the partitions of a table that is partitioned by hash';

create table duestream.sink (
  name text primary key,
  epoch bigint not null,
  client text not null,
  started_at timestamptz not null
);
comment on table duestream.sink is 'Who writes: one row per name of a duestream sink. A start raises the epoch, and older ones of that name can write no more';
comment on column duestream.sink.name is 'as given by --name';
comment on column duestream.sink.epoch is 'number of starts; only the last one may write';
comment on column duestream.sink.client is 'host and process of the last start';
comment on column duestream.sink.started_at is 'when that was';

create table duestream.sink_position (
  topic text not null,
  log_partition integer not null,
  sink text not null references duestream.sink,
  epoch bigint not null,
  log_topic text not null,
  topic_id text not null,
  next_offset bigint not null,
  moved_at timestamptz not null default now(),
  primary key (topic, log_partition)
);
comment on table duestream.sink_position is 'How far each topic partition is in the tables. Compared and set in the transaction that writes the rows: that is what makes each row there once';
comment on column duestream.sink_position.topic is 'topic without prefix';
comment on column duestream.sink_position.log_partition is 'its partition';
comment on column duestream.sink_position.sink is 'the sink that writes it';
comment on column duestream.sink_position.epoch is 'epoch of that sink''s last start';
comment on column duestream.sink_position.log_topic is 'topic with prefix';
comment on column duestream.sink_position.topic_id is 'the log''s id of the topic: another one is another history and belongs into another database';
comment on column duestream.sink_position.next_offset is 'offset of the next record; everything before it is in the tables';
comment on column duestream.sink_position.moved_at is 'when rows were last written';

create table duestream.chain_head (
  topic text not null,
  log_partition integer not null,
  task text not null,
  seq bigint not null,
  rows bigint not null,
  link bytea not null,
  primary key (topic, log_partition, task)
);
comment on table duestream.chain_head is 'The end of each hash chain. A chain runs over the rows that one task wrote to one topic partition, or over one partition of an input topic';
comment on column duestream.chain_head.topic is 'topic without prefix';
comment on column duestream.chain_head.log_partition is 'its partition';
comment on column duestream.chain_head.task is 'the task that wrote; empty for an input topic';
comment on column duestream.chain_head.seq is 'sequence number of the last row; of an input topic, its offset';
comment on column duestream.chain_head.rows is 'rows in the chain';
comment on column duestream.chain_head.link is 'SHA-256 over the previous link and the last row, as docs/formats/ledger-chain.md says';

create table duestream.chain_seal (
  topic text not null,
  log_partition integer not null,
  task text not null,
  seq bigint not null,
  rows bigint not null,
  link bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (topic, log_partition, task, seq)
);
comment on table duestream.chain_seal is 'What the chains came to after every 4096th row: append-only, so that a change of a row or of a head can be found and placed';
comment on column duestream.chain_seal.topic is 'topic without prefix';
comment on column duestream.chain_seal.log_partition is 'its partition';
comment on column duestream.chain_seal.task is 'the task that wrote; empty for an input topic';
comment on column duestream.chain_seal.seq is 'sequence number of the row that was the last one';
comment on column duestream.chain_seal.rows is 'rows in the chain, a multiple of 4096';
comment on column duestream.chain_seal.link is 'as in chain_head';
comment on column duestream.chain_seal.sealed_at is 'when it was written';
select duestream.make_ledger('duestream.chain_seal');

grant select, insert, update on duestream.sink, duestream.sink_position, duestream.chain_head to duestream_writer;
grant select on duestream.sink, duestream.sink_position, duestream.chain_head to duestream_reader;
