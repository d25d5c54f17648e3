-- End a job that nobody was given, or ask who was given it to stop.
-- KEYS: stream, hash of the job
-- ARGV: group, status of the cancelled job, seconds that it is kept
-- Returns 'cancelled', 'asked', 'ended' or 'unknown'.
local id = redis.call('HGET', KEYS[2], 'entry')
if not id then
    return 'unknown'
end
if #redis.call('XRANGE', KEYS[1], id, id) == 0 then
    return 'ended'
end
if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1) > 0 then
    redis.call('HSET', KEYS[2], 'cancel', '1')
    return 'asked'
end
redis.call('XDEL', KEYS[1], id)
redis.call('HSET', KEYS[2], 'status', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 'cancelled'
