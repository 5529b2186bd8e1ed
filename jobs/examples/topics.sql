-- Embeds the texts of a topic of Kafka into another, each message exactly once.
--
--   ./millrace sql jobs/examples/topics.sql --set brokers=HOST:PORT --set input=texts --set output=vectors
--
-- It runs until it is stopped; with --set until=latest-offset it ends with what is there. On a cluster
--
--   flink run -d jobs/target/millrace-jobs-VERSION-flink.jar sql jobs/examples/topics.sql --set ...
--
-- submits it, and flink run -d -s CHECKPOINT with the same goes on where it was. Both topics must be there. Whoever reads
-- the output sets isolation.level=read_committed.

SET 'execution.checkpointing.interval' = '${checkpoint-interval:-3 s}';

CREATE TABLE texts (
  id BIGINT,
  text STRING
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers}',
  'properties.group.id' = '${group:-millrace-embed}',
  'properties.isolation.level' = 'read_committed',
  'topic' = '${input}',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = '${until:-unbounded}',
  'format' = 'json'
);

CREATE TABLE vectors (
  id BIGINT,
  embedding ARRAY<FLOAT>,
  error STRING
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers}',
  'properties.transaction.timeout.ms' = '900000',
  'topic' = '${output}',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${output}-of-millrace',
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

INSERT INTO vectors
SELECT id, embedding, error
FROM ML_PREDICT(TABLE texts, MODEL minilm, DESCRIPTOR(text));
