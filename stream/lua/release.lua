-- Give the lease of a stream back, if it is still ours.
-- KEYS: lease
-- ARGV: consumer
return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0
