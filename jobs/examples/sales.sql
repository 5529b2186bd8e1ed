-- Adds to each sale the vector of its description, and says of a sale that has none why.
--
--   ./millrace sql jobs/examples/sales.sql --set input=FILE_OR_FOLDER --set output=FOLDER
--
-- With --set mode=batch the same runs in batch mode. To follow a folder to which files are added, add
-- 'source.monitor-interval' = '10 s' to the table sales; then the script runs until it is stopped.

SET 'execution.runtime-mode' = '${mode:-streaming}';

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
  'format' = 'csv'
);

CREATE TABLE embedded (
  invoice STRING,
  code STRING,
  description STRING,
  embedding ARRAY<FLOAT>,
  error STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

CREATE MODEL minilm
INPUT (text STRING)
OUTPUT (embedding ARRAY<FLOAT>, error STRING)
WITH (
  'provider' = 'millrace',
  'task' = 'embedding',
  'on-error' = 'column',
  'model' = '${model:-minilm}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

-- Texts that come again are inferred once, so nothing is done here about repeated descriptions.
INSERT INTO embedded
SELECT invoice, code, description, embedding, error
FROM ML_PREDICT(TABLE sales, MODEL minilm, DESCRIPTOR(description))
WHERE invoice <> 'InvoiceNo';
