-- Give a consumer the next clips of the streams it holds the lease of: too many and too late ones are dropped
-- first, then one clip a stream and round, in the order in which the streams are named.
-- KEYS: stream, lease, account of each stream
-- ARGV: group, consumer, now, count, max_backlog
-- Returns for each stream: id after which undelivered clips begin ('' when the lease is not ours), number dropped,
-- list of {id, fields}.
-- include undelivered
local group, consumer, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local count, max_backlog = tonumber(ARGV[4]), tonumber(ARGV[5])

local function drop_late(stream, account, state)
    local dropped = 0
    while true do
        local entry = oldest_undelivered(stream, state, 1)[1]
        if not entry or entry[2][1] ~= 'deadline' or (tonumber(entry[2][2]) or now) >= now then
            return dropped
        end
        drop_undelivered(stream, account, state, entry[1], 'late')
        dropped = dropped + 1
    end
end

local states, replies = {}, {}
for i = 1, #KEYS, 3 do
    local stream, account = KEYS[i], KEYS[i + 2]
    local state = redis.call('GET', KEYS[i + 1]) == consumer and delivery_state(stream, group) or nil
    local dropped = 0
    if state then
        dropped = shed(stream, account, KEYS[i + 1], state, max_backlog) + drop_late(stream, account, state)
    end
    table.insert(states, {may_have_more = state ~= nil})
    table.insert(replies, {state and state.last or '', dropped, {}})
end

local has_given = true
while count > 0 and has_given do
    has_given = false
    for i, state in ipairs(states) do
        if count > 0 and state.may_have_more then
            local reply = redis.call(
                'XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', KEYS[3 * i - 2], '>')
            state.may_have_more = reply and true or false
            if reply then
                local entry = reply[1][2][1]
                replies[i][1] = entry[1]
                table.insert(replies[i][3], entry)
                count = count - 1
                has_given = true
            end
        end
    end
end
return replies
