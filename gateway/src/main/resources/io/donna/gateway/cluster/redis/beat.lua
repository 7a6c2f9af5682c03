-- Says that a replica is alive, and lists all that are.
--
-- KEYS: the replicas, a sorted set by the time in ms until which each counts as alive
-- ARGV: how long in ms; the replica's name after its time; its name, empty to join
-- Returns {the time in ms, 1 if it counted as alive until now, its name, the other replicas}.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local me = ARGV[3]
if me == '' then
  me = string.format('%015d', now) .. '.' .. ARGV[2]
end
local known = tonumber(redis.call('ZSCORE', KEYS[1], me) or '0') > now and 1 or 0
-- The first to write: a Redis that is full refuses this, as it would refuse claims.
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), me)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], 3600000)
local answer = {tostring(now), tostring(known), me}
for _, replica in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if replica ~= me then
    table.insert(answer, replica)
  end
end
return answer
