-- Embeds the descriptions of a product table.
--
--   ./millrace sql jobs/examples/embed.sql --set input=FILE_OR_FOLDER --set output=FOLDER
--
-- input holds sales as CSV, header and all; output gets JSON lines.

SET 'execution.runtime-mode' = 'batch';

CREATE TABLE sales (
  invoice STRING,
  code STRING,
  description STRING,
  quantity STRING,
  invoice_date STRING,
  price STRING,
  customer STRING,
  country STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${input}',
  'format' = 'csv',
  'csv.ignore-parse-errors' = 'true'
);

CREATE TABLE embedded (
  code STRING,
  description STRING,
  embedding ARRAY<FLOAT>
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

-- A product may be described in several ways; the first in the alphabet stands for it. The header is no product.
CREATE VIEW products AS
SELECT code, MIN(description) AS description
FROM sales
WHERE description <> '' AND code <> 'StockCode'
GROUP BY code;

CREATE MODEL minilm
INPUT (text STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH (
  'provider' = 'millrace',
  'task' = 'embedding',
  'model' = '${model:-minilm}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

INSERT INTO embedded
SELECT code, description, embedding
FROM ML_PREDICT(TABLE products, MODEL minilm, DESCRIPTOR(description));
