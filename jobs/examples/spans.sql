-- Finds names of people, places and the like in texts, one row for each.
--
--   ./millrace sql jobs/examples/spans.sql --set input=FILE_OR_FOLDER --set output=FOLDER --set model=FOLDER
--
-- input holds id and text as CSV; output gets JSON lines. The model is a folder as Hugging Face exports it, of one that labels
-- tokens. start and end count as Java does, in UTF-16 code units.

SET 'execution.runtime-mode' = '${mode:-batch}';

CREATE TABLE reviews (
  id STRING,
  `text` STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${input}',
  'format' = 'csv'
);

CREATE TABLE found (
  id STRING,
  label STRING,
  score FLOAT,
  `start` INT,
  `end` INT,
  name STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

CREATE MODEL tagger
INPUT (`text` STRING)
OUTPUT (spans ARRAY<ROW<label STRING, score FLOAT, `start` INT, `end` INT, text STRING>>)
WITH (
  'provider' = 'millrace',
  'task' = 'token-classification',
  'model' = '${model}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

INSERT INTO found
SELECT id, label, score, `start`, `end`, name
FROM ML_PREDICT(TABLE reviews, MODEL tagger, DESCRIPTOR(`text`))
CROSS JOIN UNNEST(spans) AS span (label, score, `start`, `end`, name);
