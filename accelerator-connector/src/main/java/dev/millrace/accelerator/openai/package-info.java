/**
 * Servers with OpenAI's routes, such as vLLM and its relatives for other chips, SGLang and MindIE:
 * {@code openai+http://HOST:PORT/v1} and {@code openai+https://HOST:PORT/v1}.
 */
@NullMarked
package dev.millrace.accelerator.openai;

import org.jspecify.annotations.NullMarked;
