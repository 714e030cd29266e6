// Command raw sends bytes over one TCP connection as they are, and prints the
// status of each answer, a line each: what no well-behaved client would send.
//
//	raw -connect ADDR:PORT TEXT...
//
// Each TEXT is sent after the answers to the one before have ended, which is
// when nothing more came for a while. \r, \n, \t, \xHH and the other escapes of
// Go stand for the bytes they stand for in Go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"time"
)

func main() {
	connect := flag.String("connect", "", "`address` and port to connect to")
	flag.Parse()
	if err := talk(os.Stdout, *connect, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "raw:", err)
		os.Exit(1)
	}
}

// How long to wait for the first byte of an answer, and how long nothing more must
// come until it is over.
const (
	patience = 10 * time.Second
	quiet    = time.Second
)

// statusLine begins an answer. The answers of the lab's servers have it nowhere else.
var statusLine = regexp.MustCompile(`HTTP/1\.[01] ([1-5][0-9][0-9])`)

// talk sends the texts one after the other and writes to out what was answered.
func talk(out io.Writer, address string, texts []string) error {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }() // what was to be seen was seen
	for _, text := range texts {
		bytes, err := strconv.Unquote(`"` + text + `"`)
		if err != nil {
			return fmt.Errorf("read %q: %w", text, err)
		}
		if _, err := conn.Write([]byte(bytes)); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		answers, err := listen(conn)
		if err != nil {
			return err
		}
		for _, match := range statusLine.FindAllSubmatch(answers, -1) {
			if _, err := fmt.Fprintf(out, "%s\n", match[1]); err != nil {
				return fmt.Errorf("print: %w", err)
			}
		}
	}
	return nil
}

// listen takes what comes until nothing has for a while, or the connection is
// closed: that is an answer too.
func listen(conn net.Conn) ([]byte, error) {
	var all []byte
	buffer := make([]byte, 16<<10)
	for wait := patience; ; wait = quiet {
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return nil, fmt.Errorf("set a deadline: %w", err)
		}
		n, err := conn.Read(buffer)
		all = append(all, buffer[:n]...)
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout():
			return all, nil
		case err != nil:
			return all, nil //nolint:nilerr // closed or reset, by the server: it has said what it says
		}
	}
}
