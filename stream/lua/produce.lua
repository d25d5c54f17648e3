-- Add clips to a request stream and count them as produced, in one step. A repeated id is refused and not counted.
-- KEYS: stream, account, set of streams, lease
-- ARGV: group, name of the stream, max_backlog, then id, deadline, request of each clip
-- Returns the number of clips taken.
-- include undelivered
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
end
redis.call('SADD', KEYS[3], ARGV[2])
local taken = 0
for i = 4, #ARGV, 3 do
    local reply = redis.pcall('XADD', KEYS[1], ARGV[i], 'deadline', ARGV[i + 1], 'request', ARGV[i + 2])
    if type(reply) == 'table' and reply.err then
        if not string.find(reply.err, 'equal or smaller', 1, true) then
            return reply
        end
    else
        taken = taken + 1
        redis.call('HINCRBY', KEYS[2], 'produced', 1)
    end
end
local state = delivery_state(KEYS[1], ARGV[1])
if state then
    shed(KEYS[1], KEYS[2], KEYS[4], state, tonumber(ARGV[3]))
end
return taken
