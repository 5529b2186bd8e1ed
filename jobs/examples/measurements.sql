-- Classifies rows of numbers by a model that is used as it is, such as one of scikit-learn.
--
--   ./millrace sql jobs/examples/measurements.sql --set input=FILE_OR_FOLDER --set output=FOLDER --set model=FOLDER
--
-- input holds id and three numbers as CSV; output gets JSON lines. The model is a folder with model.onnx, which reads X, float
-- [rows, 3], and gives label, int64 [rows], and probabilities, float [rows, classes]: what skl2onnx makes of a classifier with
-- the initial type ('X', FloatTensorType([None, 3])) and the option zipmap=False.

SET 'execution.runtime-mode' = '${mode:-batch}';

CREATE TABLE measurements (
  id STRING,
  width FLOAT,
  height FLOAT,
  depth FLOAT
) WITH (
  'connector' = 'filesystem',
  'path' = '${input}',
  'format' = 'csv'
);

CREATE TABLE classified (
  id STRING,
  label BIGINT,
  probabilities ARRAY<FLOAT>
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

CREATE MODEL scorer
INPUT (X ARRAY<FLOAT>)
OUTPUT (label BIGINT, probabilities ARRAY<FLOAT>)
WITH (
  'provider' = 'millrace',
  'task' = 'raw',
  'model' = '${model}',
  'accelerators' = '${accelerators:-onnx:cpu}'
);

CREATE VIEW features AS
SELECT id, ARRAY[width, height, depth] AS X
FROM measurements;

INSERT INTO classified
SELECT id, label, probabilities
FROM ML_PREDICT(TABLE features, MODEL scorer, DESCRIPTOR(X));
