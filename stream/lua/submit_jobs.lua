-- Put jobs into the queue in one step; one whose id is known is left as it is.
-- KEYS: stream, sorted set of known jobs, then the hash of each job
-- ARGV: group, now, then id, job, status of each job
-- Returns the number of jobs taken.
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
end
local taken = 0
for i = 3, #KEYS do
    local first = 3 * (i - 2)
    if redis.call('EXISTS', KEYS[i]) == 0 then
        local entry = redis.call('XADD', KEYS[1], '*', 'job', ARGV[first + 1])
        redis.call('HSET', KEYS[i], 'entry', entry, 'status', ARGV[first + 2])
        redis.call('ZADD', KEYS[2], ARGV[2], ARGV[first])
        taken = taken + 1
    end
end
return taken
