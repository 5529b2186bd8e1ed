@NullMarked
package dev.millrace.pipelines.recommend;

import org.jspecify.annotations.NullMarked;
