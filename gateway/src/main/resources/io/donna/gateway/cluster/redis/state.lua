-- States how many places an owner has at a replica.
--
-- KEYS: the owner's places, a hash by replica
-- ARGV: the replica, its number of places
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  -- A replica states every hour that goes by many times (ADR 30); what is left of lost ones goes.
  redis.call('PEXPIRE', KEYS[1], 3600000)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return {0}
