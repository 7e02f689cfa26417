-- The generic cell rate algorithm, as `governor` counts, over all buckets of one request: takes one from each or from none.
--
-- KEYS: the buckets. ARGV: whether to keep what is decided (1 or 0); the time, as seconds and nanoseconds, or two empty
-- texts for this server's; then for each bucket the nanoseconds in which it gets one request back, and its size.
-- Answers for each bucket what is left and the nanoseconds until it has room. A bucket is kept as the time at which it
-- will be full; only distances between times are computed with, which numbers of Lua hold exactly.
local keep = ARGV[1] == '1'
local seconds, nanos = tonumber(ARGV[2]), tonumber(ARGV[3])
if not seconds then
  local time = redis.call('TIME')
  seconds, nanos = tonumber(time[1]), tonumber(time[2]) * 1000
end

local answer, full, allowed = {}, {}, true
for i, key in ipairs(KEYS) do
  local interval, size = tonumber(ARGV[2 * i + 2]), tonumber(ARGV[2 * i + 3])
  local ahead = 0
  local kept = redis.call('GET', key)
  if kept then
    local s, n = string.match(kept, '(%d+) (%d+)')
    ahead = math.max(0, (tonumber(s) - seconds) * 1000000000 + tonumber(n) - nanos)
  end

  local wait = ahead - interval * (size - 1)
  if wait > 0 then
    allowed = false
    answer[i] = {0, wait}
  else
    full[i] = ahead + interval
    answer[i] = {math.floor((interval * size - full[i]) / interval), 0}
  end
end

if allowed and keep then
  for i, key in ipairs(KEYS) do
    local n = nanos + full[i]
    local at = string.format('%d %d', seconds + math.floor(n / 1000000000), n % 1000000000)
    redis.call('SET', key, at, 'PX', math.ceil(full[i] / 1000000))
  end
end

return answer
