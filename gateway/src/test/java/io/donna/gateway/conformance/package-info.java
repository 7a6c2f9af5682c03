/**
 * RFC 6455, 5 to 7, as the two sides of a running gateway meet it. Each rule is named in
 * docs/conformance.md beside the test that shows it.
 */
@org.jspecify.annotations.NullMarked
package io.donna.gateway.conformance;
