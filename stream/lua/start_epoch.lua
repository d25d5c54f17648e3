-- Start the next epoch of a source. Epochs never go back: not when the server lost its last second or everything
-- (the clock carries on), not when the clock was set back (the last epoch and the streams carry on).
-- KEYS: epoch, then every request stream of the source
-- ARGV: second of the clock that counts as 0
local epoch = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, redis.call('TIME')[1] - ARGV[1])
for i = 2, #KEYS do
    local newest = redis.call('EXISTS', KEYS[i]) == 1 and redis.call('XINFO', 'STREAM', KEYS[i]) or {}
    for field = 1, #newest, 2 do
        if newest[field] == 'last-generated-id' then
            epoch = math.max(epoch, tonumber(string.match(newest[field + 1], '^%d+')) + 1)
        end
    end
end
redis.call('SET', KEYS[1], string.format('%.0f', epoch))
return epoch
