-- Topic credit-notes, schemas/json/credit-note-issued.schema.json.
create table duestream.credit_notes (
  log_offset bigint not null,
  logged_at timestamptz not null,
  task text not null,
  log_partition integer not null,
  seq bigint not null,
  task_time timestamptz not null,
  credit_note_id text not null,
  number text not null,
  document_type text not null,
  legal_entity_id text not null,
  customer_id text not null,
  invoice_ids text[] not null,
  reason_code text not null,
  cancellation_id text,
  issue_date date not null,
  currency text not null,
  gross_minor bigint not null,
  remaining_minor bigint not null,
  status text not null,
  record json not null,
  primary key (task, log_partition, seq)
);
create index credit_notes_by_customer on duestream.credit_notes (customer_id, issue_date);
create index credit_notes_by_number on duestream.credit_notes (legal_entity_id, document_type, number);
select duestream.make_ledger('duestream.credit_notes');
comment on table duestream.credit_notes is 'Every credit note that was issued: numbered without gaps per legal entity, document type and year, in order of issue dates';
comment on column duestream.credit_notes.log_offset is 'offset of the record in topic credit-notes';
comment on column duestream.credit_notes.logged_at is 'when the log stored it';
comment on column duestream.credit_notes.task is 'the register''s task that numbered it';
comment on column duestream.credit_notes.log_partition is 'partition of topic credit-notes';
comment on column duestream.credit_notes.seq is 'number of the record among those of its task in that partition: 1, 2, 3, without a gap';
comment on column duestream.credit_notes.task_time is 'task time T of the register when it was issued';
comment on column duestream.credit_notes.credit_note_id is 'its id: that of the request, which follows from customer and cancellation';
comment on column duestream.credit_notes.number is 'of its legal entity, document type and year: CN-2025-000001';
comment on column duestream.credit_notes.document_type is 'UNTDID 1001: 381 is a credit note';
comment on column duestream.credit_notes.legal_entity_id is 'who issues it';
comment on column duestream.credit_notes.customer_id is 'whose invoice is credited';
comment on column duestream.credit_notes.invoice_ids is 'the invoices that it refers to. Their dates: record->''data''->''refers_to''';
comment on column duestream.credit_notes.reason_code is 'why: cancellation';
comment on column duestream.credit_notes.cancellation_id is 'the cancellation that caused it';
comment on column duestream.credit_notes.issue_date is 'in the time zone of the legal entity';
comment on column duestream.credit_notes.currency is 'ISO 4217, that of the invoice';
comment on column duestream.credit_notes.gross_minor is 'what is credited, positive, in minor units of currency (EUR 12.34 is 1234)';
comment on column duestream.credit_notes.remaining_minor is 'what of the invoice could be credited yet, in minor units of currency';
comment on column duestream.credit_notes.status is 'issued';
comment on column duestream.credit_notes.record is 'the record''s value, byte for byte';
