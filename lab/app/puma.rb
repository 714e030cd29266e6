# frozen_string_literal: true

# How Puma runs the lab's application; the address to bind is given with -b.
#
# PROXY_PROTOCOL  1: every connection begins with a PROXY protocol v1 header

environment "production"
workers 0
threads 1, 5
set_remote_address proxy_protocol: :v1 if ENV["PROXY_PROTOCOL"] == "1"
