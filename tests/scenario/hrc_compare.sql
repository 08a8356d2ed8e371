-- Every decision that was read (table record: one JSON line of `duestream tail` each) against table expected. Prints the first
-- differences decoded, then one line: psql variable what, decisions, differences.
CREATE TABLE actual AS
SELECT line->'value'->'data'->>'event_id' AS event_id,
       line->'value'->'data'->>'customer_id' AS customer_id,
       (line->'value'->'data'->>'business_date')::date AS business_date,
       line->'value'->'data'->>'currency' AS currency,
       line->'value'->'data'->>'decision' AS decision,
       (SELECT array_agg(f::bigint ORDER BY n) FROM jsonb_array_elements_text(line->'value'->'data'->'features') WITH ORDINALITY AS u(f, n)) AS features,
       line->>'key' AS key,
       (line->>'partition') || '/' || (line->>'offset') AS place
FROM record;

CREATE TABLE difference AS
SELECT 'different' AS kind, event_id, e.customer_id, a.place,
       concat_ws('; ',
         CASE WHEN a.key IS DISTINCT FROM e.customer_id OR a.customer_id IS DISTINCT FROM e.customer_id
              THEN format('customer: key %s, data %s', a.key, a.customer_id) END,
         CASE WHEN a.business_date IS DISTINCT FROM e.business_date THEN format('business_date: %s, expected %s', a.business_date, e.business_date) END,
         CASE WHEN a.currency IS DISTINCT FROM e.currency THEN format('currency: %s, expected %s', a.currency, e.currency) END,
         CASE WHEN a.decision IS DISTINCT FROM e.decision THEN format('decision: %s, expected %s', a.decision, e.decision) END,
         CASE WHEN a.features IS DISTINCT FROM e.features THEN
           (SELECT string_agg(format('%s: %s, expected %s', coalesce(n.name, 'feature ' || i), a.features[i], e.features[i]), '; ' ORDER BY i)
            FROM generate_series(1, greatest(cardinality(a.features), 24)) AS i
            LEFT JOIN unnest(string_to_array(:'names', ' ')) WITH ORDINALITY AS n(name, at) ON n.at = i
            WHERE a.features[i] IS DISTINCT FROM e.features[i]) END) AS what
FROM actual a
JOIN expected e USING (event_id)
WHERE (a.key, a.customer_id, a.business_date, a.currency, a.decision, a.features)
      IS DISTINCT FROM (e.customer_id, e.customer_id, e.business_date, e.currency, e.decision, e.features)
UNION ALL
SELECT 'missing', e.event_id, e.customer_id, NULL, format('no decision; expected %s %s', e.decision, e.features)
FROM expected e WHERE NOT EXISTS (SELECT FROM actual a WHERE a.event_id = e.event_id)
UNION ALL
SELECT 'unexpected', a.event_id, a.customer_id, a.place, 'no such event'
FROM actual a WHERE NOT EXISTS (SELECT FROM expected e WHERE e.event_id = a.event_id)
UNION ALL
SELECT 'doubled', event_id, min(customer_id), string_agg(place, ', '), count(*) || ' decisions'
FROM actual GROUP BY event_id HAVING count(*) > 1;

SELECT format('%s: event %s of %s at %s: %s', kind, event_id, customer_id, place, what) FROM difference ORDER BY event_id, kind LIMIT 10;
SELECT format('%s: %s decisions, %s differences', :'what', (SELECT count(*) FROM actual), (SELECT count(*) FROM difference));
