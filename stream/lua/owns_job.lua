local function owns(stream, group, consumer, id)
    if redis.call('EXISTS', stream) == 0 then
        return false
    end
    local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
    return pending and pending[2] == consumer
end
