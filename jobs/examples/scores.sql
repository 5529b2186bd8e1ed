-- Classifies reviews, and says how well each answers a question.
--
--   ./millrace sql jobs/examples/scores.sql --set input=FILE_OR_FOLDER --set output=FOLDER \
--     --set classifier=FOLDER --set reranker=FOLDER --set question='Is it warm?'
--
-- input holds id and text as CSV; output gets JSON lines. Both models are folders as Hugging Face exports them: a classifier
-- and a cross-encoder.

SET 'execution.runtime-mode' = '${mode:-batch}';

CREATE TABLE reviews (
  id STRING,
  `text` STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${input}',
  'format' = 'csv'
);

CREATE TABLE scored (
  id STRING,
  label STRING,
  score FLOAT,
  relevance FLOAT
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

CREATE MODEL labeller
INPUT (`text` STRING)
OUTPUT (label STRING, score FLOAT)
WITH (
  'provider' = 'millrace',
  'task' = 'classification',
  'model' = '${classifier}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

CREATE MODEL reranker
INPUT (query STRING, document STRING)
OUTPUT (relevance FLOAT)
WITH (
  'provider' = 'millrace',
  'task' = 'reranking',
  'model' = '${reranker}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

CREATE VIEW labelled AS
SELECT id, `text`, '${question}' AS question, label, score
FROM ML_PREDICT(TABLE reviews, MODEL labeller, DESCRIPTOR(`text`));

INSERT INTO scored
SELECT id, label, score, relevance
FROM ML_PREDICT(TABLE labelled, MODEL reranker, DESCRIPTOR(question, `text`));
