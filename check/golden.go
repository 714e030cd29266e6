package check

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aymanbagabas/go-udiff"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/report"
)

// The files beside hops.yaml that hold the wanted report, byte for byte.
const (
	TextFile = "want.txt"
	JSONFile = "want.json"
)

// Golden compares the report, as text of 80 columns and as JSON, with the
// wanted files of the case's folder, or rewrites them. A file that is not there
// is not wanted; update makes both. Fields called as in mask are masked beside
// the known ones.
func Golden(dir string, r *analyzer.Report, mask []string, update bool) ([]Problem, error) {
	var problems []Problem
	for _, form := range []struct {
		file  string
		write func(*bytes.Buffer) error
	}{
		{TextFile, func(b *bytes.Buffer) error {
			return report.Text(b, r, report.Options{Secrets: report.NewSecrets(mask...)})
		}},
		{JSONFile, func(b *bytes.Buffer) error {
			return report.JSON(b, r, report.Options{Secrets: report.NewSecrets(mask...)})
		}},
	} {
		var got bytes.Buffer
		if err := form.write(&got); err != nil {
			return nil, err
		}
		path := filepath.Join(dir, form.file)
		if update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				return nil, fmt.Errorf("update case: %w", err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read wanted report: %w", err)
		}
		if diff := udiff.Unified(form.file, "report", string(want), got.String()); diff != "" {
			problems = append(problems, Problem{What: "the report is not " + form.file, Diff: diff})
		}
	}
	return problems, nil
}
