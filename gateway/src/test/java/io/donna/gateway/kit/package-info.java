/** What the tests are made with: a gateway, clients and upstreams, over real sockets. */
@org.jspecify.annotations.NullMarked
package io.donna.gateway.kit;
