package main

import (
	"bufio"
	"io"
	"net"

	"github.com/hophound/hophound/lab/head"
)

// middle passes connections on to one next hop, with a fault.
type middle struct {
	backend string // address and port
	fault   fault
}

// serve accepts clients until the listener is closed.
func (m middle) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go m.serveClient(client)
	}
}

// serveClient passes one connection on, and ends when either side does.
func (m middle) serveClient(client net.Conn) {
	defer client.Close()
	fromClient := bufio.NewReader(client)
	request, err := head.Read(fromClient)
	if err != nil {
		return
	}
	backend, err := net.Dial("tcp", m.backend)
	if err != nil {
		return
	}
	defer backend.Close()
	m.fault.spoilRequest(request, m.backend)
	if _, err := backend.Write(request.Bytes()); err != nil {
		return
	}

	ended := make(chan struct{}, 2)
	go func() {
		_, _ = io.Copy(backend, fromClient)
		ended <- struct{}{}
	}()
	if !m.passAnswer(client, backend, ended) {
		return
	}
	<-ended
}

// passAnswer passes the answer on, and goes on to pass whatever follows it. It
// reports whether there is anything to wait for.
func (m middle) passAnswer(client, backend net.Conn, ended chan<- struct{}) bool {
	fromBackend := bufio.NewReader(backend)
	answer, err := head.Read(fromBackend)
	if err != nil {
		return false
	}
	instead, goesOn := m.fault.spoilAnswer(answer)
	if _, err := client.Write(instead); err != nil {
		return false
	}
	var to io.Writer = client
	if !goesOn {
		to = io.Discard
	}
	go func() {
		_, _ = io.Copy(to, fromBackend)
		ended <- struct{}{}
	}()
	return goesOn || instead == nil
}
