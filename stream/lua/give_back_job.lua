-- Let another take a job at once, with the number of deliveries that it had before.
-- KEYS: stream, hash of the job
-- ARGV: group, consumer, id, status, deliveries
-- include owns_job
if owns(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3],
        'IDLE', 86400000, 'RETRYCOUNT', ARGV[5], 'JUSTID')
    redis.call('HSET', KEYS[2], 'status', ARGV[4])
end
