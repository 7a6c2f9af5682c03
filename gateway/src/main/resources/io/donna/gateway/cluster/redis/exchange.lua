-- Writes what a replica has to say about a subject, and reads what all have said.
--
-- KEYS: the words about the subject, a hash by name and replica
-- ARGV: how long they are kept in ms; fields and texts in turn, an empty text to remove the field
-- Returns the fields and texts of the hash in turn.
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('HGETALL', KEYS[1])
