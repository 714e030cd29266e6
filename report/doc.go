// Package report shows an analyzer.Report to people, as text for a terminal,
// and to programs, as one JSON object.
//
// Secrets stay in: the values of cookies, credentials and tokens are replaced
// by marks before anything is written, see [Secrets].
package report
