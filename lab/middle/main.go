// Command middle is a fault maker: a hop that spoils WebSocket handshakes in one
// way, and passes everything else on byte for byte. It is nobody's product and
// imitates none; it stands for what misconfigured or home-made middleboxes do.
//
//	middle -listen ADDR:PORT -backend ADDR:PORT -break FAULT
//
// Faults in the request: key (Sec-WebSocket-Key is dropped), host (Host becomes
// the backend's address), connection, upgrade (that field alone is dropped).
// Faults in the answer: accept (Sec-WebSocket-Accept belongs to another key), 101
// (a 101 never arrives, both connections stay open), 502 (a 101 becomes a 502).
// And none, for comparison.
//
// The fault strikes the first request of each connection and its answer; what
// follows on the same connection is passed on unseen.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	var m middle
	listen := flag.String("listen", "", "`address` and port to serve on")
	flag.StringVar(&m.backend, "backend", "", "`address` and port of the next hop")
	flag.TextVar(&m.fault, "break", none, "`fault`: accept, 101, 502, key, host, connection, upgrade or none")
	flag.Parse()
	if *listen == "" || m.backend == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := listenAndServe(ctx, m, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "middle:", err)
		os.Exit(1)
	}
}

// listenAndServe serves until ctx ends.
func listenAndServe(ctx context.Context, m middle, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	m.serve(listener)
	return nil
}
