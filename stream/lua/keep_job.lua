-- Renew the hold on a job, and say how it is.
-- KEYS: stream, hash of the job
-- ARGV: group, consumer, id, status
-- Returns 'lost' when it is another's or over, 'cancel' when somebody asked for that, else 'kept'.
-- include owns_job
if not owns(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
    return 'lost'
end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
redis.call('HSET', KEYS[2], 'status', ARGV[4])
return redis.call('HEXISTS', KEYS[2], 'cancel') == 1 and 'cancel' or 'kept'
