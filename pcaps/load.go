package pcaps

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/goccy/go-yaml"
)

// Load reads the hops.yaml of a folder. The error names the file and, for a
// mistake in it, shows the line; it wraps fs.ErrNotExist if the folder has none.
func Load(dir string) (*Case, error) {
	path := filepath.Join(dir, FileName)
	content, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("read case: %w", err)
	}
	c, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("read case %s: %w", path, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("read case %s: %w", path, err)
	}
	return c, nil
}

// decode reads YAML. The library panics on some of it, as on a tag where a list
// is expected, "hops: !!binary x" (go-yaml 1.19.2).
func decode(content []byte) (c *Case, err error) {
	defer func() {
		if recover() != nil {
			c, err = nil, errUnreadable
		}
	}()
	if err := bounded(content); err != nil {
		return nil, err
	}
	c = new(Case)
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict()).Decode(c); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Case) validate() error {
	if len(c.Hops) == 0 {
		return errors.New("it names no hops")
	}
	names := map[string]bool{}
	for i, hop := range c.Hops {
		switch {
		case hop.Name == "":
			return fmt.Errorf("hop %d has no name", i+1)
		case hop.File == "":
			return fmt.Errorf("hop %s has no file", hop.Name)
		case names[hop.Name]:
			return fmt.Errorf("two hops are named %s", hop.Name)
		}
		names[hop.Name] = true
	}
	switch c.Want.Verdict {
	case "", "pass", "fail", "inconclusive":
		return nil
	}
	return fmt.Errorf("wanted verdict %q is none of pass, fail, inconclusive", c.Want.Verdict)
}
