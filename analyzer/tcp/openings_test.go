package tcp

import "testing"

// openings says how a connection's start is found, also if it was not captured.
var openings = []conversation{
	{
		name:   "data in the SYN (RFC 7413)",
		script: "> S 100 0 GET \n < SA 300 104 OK \n > A 104 303",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			1 > GET
			2 < OK
			3 close capture`,
	},
	{
		name:   "data in the SYN that the server did not take is sent again",
		script: "> S 100 0 GET \n < SA 300 101 \n > A 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			1 > GET
			3 close capture`,
	},
	{
		name:   "both open at the same time (RFC 9293 §3.5)",
		script: "> S 100 \n < S 300 \n > SA 100 301 \n < SA 300 101 \n > A 101 301 GET \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			5 > GET
			6 < OK
			6 close capture`,
	},
	{
		name:   "both open at the same time, and one answer was not captured",
		script: "> S 100 \n < S 300 \n < SA 300 101 \n > A 101 301 GET \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			5 close capture`,
	},
	{
		name:   "more data in the SYN than the server took",
		script: "> S 100 0 GETxx \n < SA 300 104 OK \n > A 104 303 xx",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			1 > GETxx
			2 < OK
			3 close capture`,
	},
	{
		name:   "the number wraps in the SYN that carries data",
		script: "> S 4294967295 0 GET \n < SA 4294967295 3 OK \n > A 3 2 more",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			1 > GET
			2 < OK
			3 > more
			3 close capture`,
	},
	{
		name:   "SYN and SYN with ACK sent again",
		script: "> S 100 \n > S 100 \n < SA 300 101 \n < SA 300 101 \n > A 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			5 > GET
			5 close capture`,
	},
	{
		name:   "the SYN was not captured: whoever sent SYN with ACK is the server",
		script: "< SA 300 101 \n > A 101 301 GET \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			2 > GET
			3 < OK
			3 close capture`,
	},
	{
		name:   "a handshake that was captured in another order",
		script: "< SA 300 101 \n > A 101 301 GET \n > S 100 \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			2 > GET
			4 < OK
			4 close capture`,
	},
	{
		name:   "the start was not captured",
		script: "> A 5000 7000 GET \n < A 7000 5003 OK",
		want: `open 10.0.0.1:1000 ? 10.0.0.2:80
			1 > GET
			2 < OK
			2 close capture`,
	},
	{
		name:   "the start was not captured, and the first packets changed places",
		script: "< A 7002 5003 kay \n > A 5000 7000 GET \n < A 7000 5003 OK",
		want: `open 10.0.0.2:80 ? 10.0.0.1:1000
			2 < GET
			3 > OK
			1 > kay
			3 close capture`,
	},
	{
		name:   "the start was not captured, and the response's first packet was lost",
		script: "> A 5000 7000 GET \n < A 7100 5003 tail @2000 \n > A 5003 7104 @4000",
		want: `open 10.0.0.1:1000 ? 10.0.0.2:80
			1 > GET
			2 < gap 100 lost
			2 < tail
			3 close capture`,
	},
	{
		name:   "the start was not captured: after 50 ms the first number is settled",
		script: "> A 5000 7000 b \n < A 7000 5001 @50 \n > A 4999 7000 a",
		want: `open 10.0.0.1:1000 ? 10.0.0.2:80
			1 > b
			3 close capture`,
	},
	{
		name:   "in the middle of a transfer, acknowledgements lag behind",
		script: "> A 100 5000 \n < A 9000 100 data \n > A 100 6000 \n < A 9004 100 more",
		want: `open 10.0.0.1:1000 ? 10.0.0.2:80
			2 < data
			4 < more
			4 close capture`,
	},
	{
		name:   "a keep-alive probe first, as on an idle connection of a pool",
		script: "> A 5000 7000 \n < A 7000 5001 \n > A 5001 7000 GET \n < A 7000 5004 OK",
		want: `open 10.0.0.1:1000 ? 10.0.0.2:80
			3 > GET
			4 < OK
			4 close capture`,
	},
	{
		name:   "keep-alive probes, with and without a byte",
		script: shake + "> A 101 301 GET \n > A 103 301 \n < A 301 104 \n > A 103 301 \\0 \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			7 > 0
			8 < OK
			8 close capture`,
	},
	{
		name:   "a zero-window probe is the next byte, sent again later",
		script: shake + "> A 101 301 abc \n > A 104 301 d \n < A 301 104 \n > A 104 301 def",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > abc
			5 > d
			7 > ef
			7 close capture`,
	},
	{
		name:   "only one direction was captured: nothing to wait for, the other is a gap",
		script: "< A 7000 5003 OK \n < A 7002 5006 OK @60",
		want: `open 10.0.0.2:80 ? 10.0.0.1:1000
			1 > OK
			2 < gap 3 lost
			2 > OK
			2 close capture`,
	},
}

func TestOpenings(t *testing.T) { playAll(t, openings) }
