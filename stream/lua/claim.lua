-- Deliver an unfinished clip of ours again, and count the delivery.
-- KEYS: stream
-- ARGV: group, consumer, first id, last id
-- Returns {id, fields, deliveries} of the first such clip, or nil.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
if redis.call('EXISTS', stream) == 0 then
    return nil
end
while true do
    local pending = redis.call('XPENDING', stream, group, ARGV[3], ARGV[4], 1, consumer)[1]
    if not pending then
        return nil
    end
    local entry = redis.call('XCLAIM', stream, group, consumer, 0, pending[1])[1]
    if entry then
        return {entry[1], entry[2], pending[4] + 1}
    end
    redis.call('XACK', stream, group, pending[1]) -- somebody deleted the clip itself: the account shows it
end
