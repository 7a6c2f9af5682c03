-- Counts a claim of an owner: a request within a rate, and a place.
--
-- KEYS: the count of the rate; the owner's places, a hash by replica
-- ARGV: requests in a window (0: no rate), the window in ms,
--       places at most (0: no place), places at this replica with this one,
--       this replica, the time of the list of replicas in ms, the replicas of that list
-- Returns {0 granted, requests used, ms left}, {1 the rate is used up, requests used, ms left}, or
--         {2 as many places as allowed, places taken}.
local used, left = 0, 0
local requests = tonumber(ARGV[1])
if requests > 0 then
  used = tonumber(redis.call('GET', KEYS[1]) or '0')
  left = redis.call('PTTL', KEYS[1])
  if used >= requests and left > 0 then
    return {1, used, left}
  end
  -- In its last millisecond a count is there, with no time left: the request is of the next window.
  if left > 0 then
    used = redis.call('INCR', KEYS[1])
  else
    used, left = 1, tonumber(ARGV[2])
    redis.call('SET', KEYS[1], used, 'PX', left)
  end
end

local most = tonumber(ARGV[3])
if most > 0 then
  local me, time = ARGV[5], tonumber(ARGV[6])
  local alive = {}
  for i = 7, #ARGV do
    alive[ARGV[i]] = true
  end
  local others, mine = 0, 0
  local places = redis.call('HGETALL', KEYS[2])
  for i = 1, #places, 2 do
    local replica, taken = places[i], tonumber(places[i + 1]) or 0
    -- A name begins with the time at which the replica joined: the list cannot have those who joined
    -- after it. What is not such a name is nobody's, and must not stop the count.
    local joined = tonumber(string.match(replica, '^%d+%.') or '0')
    if replica == me then
      mine = taken
    elseif alive[replica] or joined >= time then
      others = others + taken
    else
      redis.call('HDEL', KEYS[2], replica)
    end
  end
  local here = tonumber(ARGV[4])
  if others + here > most then
    return {2, others + here - 1}
  end
  -- Claims overtake each other, so that the largest number counts until the replica corrects it.
  redis.call('HSET', KEYS[2], me, math.max(mine, here))
  redis.call('PEXPIRE', KEYS[2], 3600000)
end
return {0, used, left}
