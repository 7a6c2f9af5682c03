/** Runs what fuzzing found worth keeping, and holds the targets and their command together. */
@org.jspecify.annotations.NullMarked
package io.donna.gateway.fuzz;
