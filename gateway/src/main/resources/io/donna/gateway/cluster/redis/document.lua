-- Reads a document, or replaces it if nobody else has.
--
-- KEYS: the document, a hash of version and text
-- ARGV: to read, the version that is known, which is not sent again;
--       to replace, the version that is to be replaced, and the text
-- Returns {the version, the text}, without the text if it is the known one.
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if ARGV[2] and version == ARGV[1] then
  -- Not a mere count: a document that was lost and written anew must not look like the old one.
  local clock = redis.call('TIME')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  version = string.format('%.0f', math.max((tonumber(version) or 0) + 1, now))
  redis.call('HSET', KEYS[1], 'version', version, 'text', ARGV[2])
  return {version, ARGV[2]}
end
if version == ARGV[1] then
  return {version}
end
return {version, redis.call('HGET', KEYS[1], 'text') or ''}
