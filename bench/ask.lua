-- wrk's side: asks the addresses of a file in turn. Each request has an Accept of its own where `fresh` is asked for, so
-- that no answer of the portal's memory fits it.
local threads = 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(arguments)
   asked, at, fresh = {}, 0, arguments[2] == "fresh"
   if arguments[3] then wrk.headers["If-None-Match"] = arguments[3] end
   local mark = fresh and "\r\nAccept: */*;visit=" .. number .. "-" or ""
   for line in io.lines(arguments[1]) do
      local request = wrk.format("GET", line):gsub("\r\n\r\n$", "")
      asked[#asked + 1] = request .. mark
   end
   at = number * math.floor(#asked / 2)
end

function request()
   at = at + 1
   local plain = asked[at % #asked + 1]
   if fresh then plain = plain .. at end
   return plain .. "\r\n\r\n"
end

function done(summary, latency, requests)
   local wrong = summary.errors.status + summary.errors.read + summary.errors.timeout + summary.errors.connect
   print(string.format("RESULT %f %f %f %d", summary.requests / summary.duration * 1e6,
                       latency:percentile(50) / 1000, latency:percentile(99) / 1000, wrong))
end
