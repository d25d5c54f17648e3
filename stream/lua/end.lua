-- End a clip: scored, dropped or dead. Does nothing unless the consumer owns the clip and nobody ended it before.
-- KEYS: stream, account, then where the record goes: a stream and, for a result, the hash of latest results
-- ARGV: group, consumer, id, counter, record, max records kept, name of the stream
-- Returns 1 when this call ended the clip, else 0.
local stream, group, consumer, id = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', stream) == 0 then
    return 0
end
local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not pending or pending[2] ~= consumer or redis.call('XACK', stream, group, id) == 0 then
    return 0
end
redis.call('XDEL', stream, id)
redis.call('HINCRBY', KEYS[2], ARGV[4], 1)
if KEYS[3] then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'record', ARGV[5])
end
if KEYS[4] then
    redis.call('HSET', KEYS[4], ARGV[7], ARGV[5])
end
return 1
