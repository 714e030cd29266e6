package performance

import (
	"fmt"
	"os"
	"strings"
)

// WriteSection replaces, in the file at path, what stands between the lines
//
//	<!-- measured: NAME -->
//	<!-- end: NAME -->
//
// by text. The file must have both lines: what is around them, people write.
func WriteSection(path, name, text string) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write section %s: %w", name, err)
	}
	after, err := replaceSection(string(before), name, text)
	if err != nil {
		return fmt.Errorf("write section %s of %s: %w", name, path, err)
	}
	if err := os.WriteFile(path, []byte(after), 0o644); err != nil {
		return fmt.Errorf("write section %s: %w", name, err)
	}
	return nil
}

func replaceSection(document, name, text string) (string, error) {
	begin, end := fmt.Sprintf("<!-- measured: %s -->\n", name), fmt.Sprintf("<!-- end: %s -->\n", name)
	head, rest, found := strings.Cut(document, begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("find the lines %q and %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return head + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + tail, nil
}
