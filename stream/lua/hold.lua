-- Take or renew the lease of a stream. Whoever takes it also becomes the owner of every clip that others were
-- given and did not finish, so that nothing they finish later counts.
-- KEYS: stream, lease
-- ARGV: group, consumer, time to live in ms
-- Returns 'kept', 'taken' or 'refused'.
local stream, lease, group, consumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local owner = redis.call('GET', lease)
if owner == consumer then
    redis.call('PEXPIRE', lease, ARGV[3])
    return 'kept'
end
if owner or redis.call('EXISTS', stream) == 0 then
    return 'refused'
end
redis.call('SET', lease, consumer, 'PX', ARGV[3])
redis.pcall('XGROUP', 'CREATE', stream, group, '0')
local cursor = '0-0'
repeat
    local reply = redis.call('XAUTOCLAIM', stream, group, consumer, 0, cursor, 'COUNT', 100, 'JUSTID')
    cursor = reply[1]
until cursor == '0-0'
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    local name = fields[2]
    if name ~= consumer then
        redis.call('XGROUP', 'DELCONSUMER', stream, group, name) -- it owns nothing any more
    end
end
return 'taken'
