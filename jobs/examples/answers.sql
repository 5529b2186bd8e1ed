-- Asks a model that generates texts about each review: for a title, and for what a reader would want to know as columns.
--
--   ./millrace sql jobs/examples/answers.sql --set input=FILE_OR_FOLDER --set output=FOLDER \
--     --set server=http://localhost:8000/v1 --set model=Qwen/Qwen3-8B
--
-- input holds id and text as CSV; output gets JSON lines. The server is vLLM, vllm-ascend, SGLang, MindIE or another with
-- OpenAI's routes. A review without an answer says why in the column error.

SET 'execution.runtime-mode' = '${mode:-batch}';

CREATE TABLE reviews (
  id STRING,
  `text` STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${input}',
  'format' = 'csv'
);

CREATE TABLE answered (
  id STRING,
  title STRING,
  finish_reason STRING,
  topic STRING,
  stars INT,
  recommended BOOLEAN,
  error STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${output}',
  'format' = 'json'
);

CREATE MODEL titles
INPUT (review STRING)
OUTPUT (title STRING, finish_reason STRING)
WITH (
  'provider' = 'millrace',
  'task' = 'generation',
  'accelerators' = 'openai+${server}',
  'model' = '${model}',
  'system-prompt' = 'You write titles of at most eight words.',
  'prompt' = 'Review: {review}',
  'max-tokens' = '40',
  'temperature' = '0'
);

CREATE MODEL facts
INPUT (review STRING)
OUTPUT (topic STRING, stars INT, recommended BOOLEAN, error STRING)
WITH (
  'provider' = 'millrace',
  'task' = 'generation',
  'accelerators' = 'openai+${server}',
  'model' = '${model}',
  'prompt' = 'What is this review about, how many stars from 1 to 5 does it give, and does it recommend the product?

{review}',
  'json-schema' = 'columns',
  'max-tokens' = '200',
  'temperature' = '0',
  'on-error' = 'column'
);

CREATE VIEW titled AS
SELECT id, `text`, title, finish_reason
FROM ML_PREDICT(TABLE reviews, MODEL titles, DESCRIPTOR(`text`));

INSERT INTO answered
SELECT id, title, finish_reason, topic, stars, recommended, error
FROM ML_PREDICT(TABLE titled, MODEL facts, DESCRIPTOR(`text`));
