-- For each of some products, the products that are most like it.
--
--   ./millrace sql jobs/examples/embed.sql --set input=FILE_OR_FOLDER --set output=FOLDER
--   ./millrace sql jobs/examples/nearest.sql --set items=FOLDER --set like='%LANTERN%'
--
-- items is what embed.sql wrote.

SET 'execution.runtime-mode' = 'batch';

CREATE TABLE items (
  code STRING,
  description STRING,
  embedding ARRAY<FLOAT>
) WITH (
  'connector' = 'millrace-index',
  'items.path' = '${items}',
  'items.format' = 'json'
);

CREATE VIEW wanted AS
SELECT description AS wanted, embedding AS wanted_embedding
FROM items
WHERE description LIKE '${like:-%HEART%}';

-- Flink 2.3 plans this only if LATERAL has no alias. The columns of the index and score are there by their own names.
SELECT wanted, description, score
FROM wanted, LATERAL TABLE(VECTOR_SEARCH(
  SEARCH_TABLE => TABLE items,
  COLUMN_TO_SEARCH => DESCRIPTOR(embedding),
  COLUMN_TO_QUERY => wanted.wanted_embedding,
  TOP_K => ${top:-4}
));
