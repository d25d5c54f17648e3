-- End a job. Does nothing unless the consumer owns it and nobody ended it before.
-- KEYS: stream, hash of the job
-- ARGV: group, consumer, id, status, seconds that the status is kept
-- Returns 1 when this call ended the job, else 0.
-- include owns_job
if not owns(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) or redis.call('XACK', KEYS[1], ARGV[1], ARGV[3]) == 0 then
    return 0
end
redis.call('XDEL', KEYS[1], ARGV[3])
redis.call('HSET', KEYS[2], 'status', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
