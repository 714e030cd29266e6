// Command clb imitates the HTTP listener of a Classic Load Balancer (Elastic Load
// Balancing, first generation), which can't be had outside AWS. It is no proxy
// for any other use.
//
//	clb -listen ADDR:PORT -backend ADDR:PORT [-spare N]
//
// What it follows: a trace, published in 2011, of a WebSocket handshake that
// passed such a listener,
//
//	GET / HTTP/1.1
//	host:example.com
//	X-Forwarded-For: 1.2.3.4
//	X-Forwarded-Port: 80
//	X-Forwarded-Proto: http
//	Connection: keep-alive
//
// (host in lower case and without a space, Upgrade gone), and AWS's guide to
// Classic Load Balancers: the X-Forwarded fields
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/x-forwarded-headers.html),
// and connections to the backend that are opened in advance, kept alive and shared
// by clients
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-listener-config.html).
//
// What is not known of the real one and chosen here: fields of the client other
// than Host, Connection, Upgrade and X-Forwarded-* pass as they are, in their
// order, before those that are added; answers pass unchanged.
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
	var b balancer
	listen := flag.String("listen", "", "`address` and port to serve on")
	flag.StringVar(&b.pool.backend, "backend", "", "`address` and port of the backend")
	flag.IntVar(&b.pool.spare, "spare", 1, "connections to the backend to open in advance")
	flag.Parse()
	if *listen == "" || b.pool.backend == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := listenAndServe(ctx, &b, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "clb:", err)
		os.Exit(1)
	}
}

// listenAndServe serves until ctx ends.
func listenAndServe(ctx context.Context, b *balancer, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	b.serve(listener)
	return nil
}
