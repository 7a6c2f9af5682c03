-- Says that a replica has stopped: what it held is free.
--
-- KEYS: the replicas
-- ARGV: the replica
redis.call('ZREM', KEYS[1], ARGV[1])
return {0}
