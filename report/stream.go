package report

import (
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	v1 "github.com/go-json-experiment/json/v1"

	"github.com/hophound/hophound/analyzer"
)

// JSON writes the report as one indented JSON object: that of [NewDocument],
// but journey by journey, as a large report need not be in memory twice.
func JSON(w io.Writer, r *analyzer.Report, options Options) error {
	d := documenter{report: r, options: options, secrets: options.secrets(r)}
	o := objectWriter{encoder: jsontext.NewEncoder(w, v1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsontext.EscapeForJS(false), jsontext.WithIndent("  "))}
	frame := d.frame()
	o.token(jsontext.BeginObject)
	o.member("version", frame.Version)
	o.member("tool", frame.Tool)
	o.member("verdict", frame.Verdict)
	o.member("hops", frame.Hops)
	if len(frame.Aside) > 0 {
		o.member("aside", frame.Aside)
	}
	each(&o, "journeys", r.Journeys, d.journey)
	each(&o, "findings", r.Findings, d.finding)
	o.member("notes", frame.Notes)
	o.member("summary", frame.Summary)
	o.token(jsontext.EndObject)
	if o.err != nil {
		return fmt.Errorf("write report: %w", o.err)
	}
	return nil
}

// objectWriter writes one JSON object and remembers what went wrong first.
type objectWriter struct {
	encoder *jsontext.Encoder
	err     error
}

func (o *objectWriter) token(t jsontext.Token) {
	if o.err == nil {
		o.err = o.encoder.WriteToken(t)
	}
}

func (o *objectWriter) value(v any) {
	if o.err == nil {
		o.err = json.MarshalEncode(o.encoder, v)
	}
}

func (o *objectWriter) member(name string, v any) {
	o.token(jsontext.String(name))
	o.value(v)
}

// each writes a member that is a list. Its elements are made while those before
// them are written.
func each[T, D any](o *objectWriter, name string, all []T, document func(T) D) {
	o.token(jsontext.String(name))
	o.token(jsontext.BeginArray)
	for d := range made(all, document) {
		if o.value(d); o.err != nil {
			break
		}
	}
	o.token(jsontext.EndArray)
}

// made runs over what document makes of all, in order. It is made in a goroutine of
// its own, a few ahead of what is taken; it has ended when the loop has.
func made[T, D any](all []T, document func(T) D) iter.Seq[*D] {
	return func(yield func(*D) bool) {
		const ahead = 16
		documents, over := make(chan *D, ahead), make(chan struct{})
		var panicked *analyzer.Panic
		go func() {
			defer close(documents)
			panicked = analyzer.Caught(func() {
				for i := range all {
					d := document(all[i])
					select {
					case documents <- &d:
					case <-over:
						return
					}
				}
			})
		}()
		for d := range documents {
			if !yield(d) {
				break
			}
		}
		close(over)
		for range documents { //nolint:revive // until the goroutine has ended
		}
		if panicked != nil {
			panic(panicked)
		}
	}
}
