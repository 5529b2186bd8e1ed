/**
 * The recommendation feed as a topology: interactions and embedded items in, feeds and their
 * quality figures out.
 *
 * <p>{@link dev.millrace.pipelines.recommend.Recommend#feed} is the way in. Some classes are public
 * only because Flink's POJO serializer asks for it, which is what lets the state evolve; their
 * documentation says so.
 */
@NullMarked
package dev.millrace.pipelines.recommend;

import org.jspecify.annotations.NullMarked;
