//go:build !unix

package main

// Where there is no SIGPIPE, a pipe that nobody reads is an error like others.

func catchBrokenPipe() {}

func endOfBrokenPipe(error) {}
