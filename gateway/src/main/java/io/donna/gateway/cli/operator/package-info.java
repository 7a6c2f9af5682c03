/** Commands for operators: they steer a running gateway through its admin port. */
@NullMarked
package io.donna.gateway.cli.operator;

import org.jspecify.annotations.NullMarked;
