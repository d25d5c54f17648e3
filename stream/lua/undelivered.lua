-- Functions about the entries of a request stream that no consumer has been given yet.

-- Where delivery stands: id of the last delivered entry, number of entries after it, id of the newest entry.
local function delivery_state(stream, group)
    if redis.call('EXISTS', stream) == 0 then
        return nil
    end
    for _, fields in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local found = {}
        for i = 1, #fields, 2 do
            found[fields[i]] = fields[i + 1]
        end
        if found['name'] == group then
            return {last = found['last-delivered-id'], waiting = redis.call('XLEN', stream) - found['pending']}
        end
    end
    return nil
end

local function oldest_undelivered(stream, state, count)
    return redis.call('XRANGE', stream, '(' .. state.last, '+', 'COUNT', count)
end

local function drop_undelivered(stream, account, state, id, reason)
    redis.call('XDEL', stream, id)
    redis.call('HINCRBY', account, 'dropped:' .. reason, 1)
    state.waiting = state.waiting - 1
end

-- Drop the oldest until at most max_backlog wait; entries that a consumer holds are left alone. Without a lease no
-- worker serves the stream: then that is the reason, not too much work.
local function shed(stream, account, lease, state, max_backlog)
    local excess = state.waiting - max_backlog
    if excess <= 0 then
        return 0
    end
    local reason = redis.call('EXISTS', lease) == 1 and 'overload' or 'no_worker'
    for _, entry in ipairs(oldest_undelivered(stream, state, excess)) do
        drop_undelivered(stream, account, state, entry[1], reason)
    end
    return excess
end
