-- Drop the oldest undelivered clips until at most max_backlog wait.
-- KEYS: stream, account, lease
-- ARGV: group, max_backlog
-- Returns the number of clips dropped.
-- include undelivered
local state = delivery_state(KEYS[1], ARGV[1])
return state and shed(KEYS[1], KEYS[2], KEYS[3], state, tonumber(ARGV[2])) or 0
