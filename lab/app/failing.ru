# frozen_string_literal: true

# A server of the application that fails, on Puma without Rails:
#
# FAILS  unavailable: every request is answered 503
#        hangup: the connection is closed without an answer
#        slow: every request is answered 200 after three seconds

unavailable = lambda do |_env|
  [503, { "content-type" => "text/plain", "retry-after" => "60" }, ["In maintenance.\n"]]
end

hangup = lambda do |env|
  env["rack.hijack"].call.close
  [200, {}, []] # nobody gets it
end

slow = lambda do |_env|
  sleep 3
  [200, { "content-type" => "text/plain" }, ["At last.\n"]]
end

run({ "unavailable" => unavailable, "hangup" => hangup, "slow" => slow }.fetch(ENV.fetch("FAILS")))
