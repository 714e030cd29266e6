// Package analyzer turns captures of a proxy chain into a verdict: which node
// lost or changed what of which request.
//
// It owns no logic of its own beyond wiring the stages together:
//
//	capture.Packet → tcp.Chunk / Gap → http1.Message → http1.Exchange
//	    → chain.Journey → diff.Change → diagnose.Finding → diagnose.Verdict
//
// The same input gives the same [Report], byte for byte: the only clock is the
// time of the packets, and nothing depends on the order in which goroutines run.
package analyzer
