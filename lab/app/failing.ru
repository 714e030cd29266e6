# frozen_string_literal: true

# A server of the application that fails, on Puma without Rails:
#
# FAILS  unavailable: every request is answered 503
#        hangup: the connection is closed without an answer

unavailable = lambda do |_env|
  [503, { "content-type" => "text/plain", "retry-after" => "60" }, ["In maintenance.\n"]]
end

hangup = lambda do |env|
  env["rack.hijack"].call.close
  [200, {}, []] # nobody gets it
end

run({ "unavailable" => unavailable, "hangup" => hangup }.fetch(ENV.fetch("FAILS")))
