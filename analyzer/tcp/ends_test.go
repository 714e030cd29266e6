package tcp

import "testing"

// ends says how a connection ends, and what comes after it.
var ends = []conversation{
	{
		name:   "half-closed: the client ends, the server goes on",
		script: shake + "> FA 101 301 GET \n < A 301 105 abc \n < FA 304 105 def \n > A 105 308",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			4 > fin
			5 < abc
			6 < def
			6 < fin
			6 close fin by >`,
	},
	{
		name:   "both end at the same time",
		script: shake + "< FA 301 101 \n > FA 101 301 \n < A 302 102 \n > A 102 302",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 < fin
			5 > fin
			5 close fin by <`,
	},
	{
		name:   "a FIN waits for the bytes before it",
		script: shake + "> FA 104 301 \n > A 101 301 GET \n > FA 104 301",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			5 > GET
			4 > fin
			6 close capture`,
	},
	{
		name:   "one direction ended and then silence",
		script: shake + "> FA 101 301 \n < A 301 102 @1 \n < A 301 102 @121500",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > fin
			5 close fin by >
			#2 open 10.0.0.2:80 ? 10.0.0.1:1000
			#2 6 close capture`,
	},
	{
		name:   "refused",
		script: "> S 100 \n < RA 0 101",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			2 close reset by <`,
	},
	{
		name:   "refused, tried again with the same number, and accepted",
		script: "> S 100 \n < RA 0 101 \n > S 100 @500 \n < SA 300 101 \n > A 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			2 close reset by <
			#2 open 10.0.0.1:1000 > 10.0.0.2:80
			#2 5 > GET
			#2 5 close capture`,
	},
	{
		name:   "reset in the middle, while more is on its way",
		script: shake + "> A 101 301 GET \n < A 301 104 OK \n > R 104 \n < A 303 104 more \n > R 104",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			7 < more
			6 close reset by >`,
	},
	{
		name:   "a reset that is not its sender's, while it is open what the first bytes are",
		script: "< SA 300 101 \n > A 101 301 \n > RA 101 301 \n > A 101 301 GET \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			5 close capture`,
	},
	{
		name:   "a reset waits for the bytes before it",
		script: shake + "> R 104 \n > A 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			5 > GET
			4 close reset by >`,
	},
	{
		name:   "a reset waits for what is held back of its sender, whatever its number",
		script: shake + "> A 104 301 def \n > R 101 \n > A 101 301 abc",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			6 > abc
			4 > def
			5 close reset by >`,
	},
	{
		name:   "a reset whose number is nowhere near",
		script: shake + "> A 101 301 GET \n < R 900000000 \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			6 < OK
			6 close capture`,
	},
	{
		name:   "a reset that somebody else sent: both go on",
		script: shake + "> RA 101 301 \n > A 101 301 GET \n < A 301 104 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 close reset by >
			#2 open 10.0.0.1:1000 ? 10.0.0.2:80
			#2 5 > GET
			#2 6 < OK
			#2 6 close capture`,
	},
	{
		name:   "a reset after FIN",
		script: shake + "> FA 101 301 \n < A 301 102 late \n > R 102",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > fin
			5 < late
			6 close reset by >`,
	},
	{
		name:   "a reset after both ended changes nothing",
		script: shake + "> FA 101 301 \n < FA 301 102 \n > R 102",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > fin
			5 < fin
			5 close fin by >`,
	},
	{
		name:   "the port is used again after the end",
		script: shake + "> FA 101 301 \n < FA 301 102 \n > A 102 302 \n > S 9000 \n < SA 600 9001 \n > A 9001 601 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > fin
			5 < fin
			5 close fin by >
			#2 open 10.0.0.1:1000 > 10.0.0.2:80
			#2 9 > GET
			#2 9 close capture`,
	},
	{
		name:   "the port is used again although no end was seen",
		script: shake + "> A 101 301 GET \n > S 9000 \n < SA 600 9001 \n > A 9001 601 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 close reused
			#2 open 10.0.0.1:1000 > 10.0.0.2:80
			#2 7 > GET
			#2 7 close capture`,
	},
	{
		name:   "the port is used again and no SYN was captured",
		script: shake + "> A 101 301 GET \n > A 2000000000 2100000000 PUT \n < A 2100000000 2000000003 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 close reused
			#2 open 10.0.0.1:1000 ? 10.0.0.2:80
			#2 5 > PUT
			#2 6 < OK
			#2 6 close capture`,
	},
	{
		name:   "the port is used again after the end and no SYN was captured",
		script: shake + "> FA 101 301 \n < FA 301 102 \n > A 90000 302 GET \n < A 302 90003 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > fin
			5 < fin
			5 close fin by >
			#2 open 10.0.0.1:1000 ? 10.0.0.2:80
			#2 6 > GET
			#2 7 < OK
			#2 7 close capture`,
	},
	{
		name:   "the last packets of a closed connection open no new one",
		script: shake + "> FA 101 301 GET \n < FA 301 105 OK \n < FA 301 105 OK \n > A 105 304 \n > FA 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			4 > fin
			5 < OK
			5 < fin
			5 close fin by >`,
	},
	{
		name:   "silent for ten minutes",
		script: shake + "> A 101 301 GET \n > A 104 301 more @601000",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			4 close idle
			#2 open 10.0.0.1:1000 ? 10.0.0.2:80
			#2 5 > more
			#2 5 close capture`,
	},
	{
		name:   "time that goes back",
		script: shake + "> A 101 301 GET @90000 \n < A 301 104 OK @1000 \n > A 104 303 GET @0 \n < A 303 107 OK @90000",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			6 > GET
			7 < OK
			7 close capture`,
	},
	{
		name:   "packets cut by a short snapshot length",
		script: shake + "> A 101 301 GET/HTTP cut=3 \n > A 109 301 abc cut=0 \n > FA 112 301 xyz cut=2 \n < A 301 116 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			4 > gap 5 truncated
			5 > gap 3 truncated
			6 > xy
			6 > gap 1 truncated
			6 > fin
			7 < OK
			7 close capture`,
	},
	{
		name:   "a FIN in the middle of what was told is nobody's",
		script: shake + "> A 101 301 GET \n > FA 102 301 \n > A 104 301 more",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			6 > more
			6 close capture`,
	},
	{
		name:   "bytes behind a FIN are nobody's",
		script: shake + "> FA 101 301 GET \n > A 104 301 more \n > A 105 301 more",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			4 > fin
			6 close capture`,
	},
	{
		name:   "an acknowledgement that can't be true does not hold anything back",
		script: shake + "> A 101 301 GET \n < A 301 1000000000 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			5 close capture`,
	},
	{
		name:   "both acknowledge what the other has not sent: the earlier packet goes first",
		script: shake + "> A 101 303 ab \n < A 301 103 cd",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > ab
			5 < cd
			5 close capture`,
	},
	{
		name:   "a reset alone is no connection",
		script: "> R 500",
		want:   ``,
	},
}

func TestEnds(t *testing.T) { playAll(t, ends) }
