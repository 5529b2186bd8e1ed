/** Topics of Kafka: their addresses, how they are reached, and the schemas of their messages. */
@NullMarked
package dev.millrace.jobs.kafka;

import org.jspecify.annotations.NullMarked;
