package pcaps

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Files of a few hundred bytes to some hundred kilobytes that ask the reader of
// YAML for gigabytes or minutes are refused at once.
func TestGreedyYAML(t *testing.T) {
	const plain = "hops: [{name: a, file: b}]\n"
	for name, c := range map[string]struct{ content, want string }{
		"aliases of aliases":         {plain + aliases("preserve:", "  - &a%d [%s]\n", "u"), "aliases"},
		"merges of merges":           {"hops:\n" + aliases("", " - &a%d {<<: [%s]}\n", "{name: a, file: b}"), "aliases"},
		"one long list, many times":  {plain + "preserve: &a [" + strings.Repeat("u,", 30000) + "u]\nstrip: [" + strings.Repeat("*a, ", 200) + "]\n", "longer than 8 KiB"},
		"brackets":                   {strings.Repeat("[\n", 100_000), "one in the other"},
		"braces":                     {"hops: " + strings.Repeat("{a: ", 2000), "one in the other"},
		"lists in lists on one line": {"hops: \n" + strings.Repeat("- ", 4000) + "x\n", "one in the other"},
		"keys on one line":           {strings.Repeat("? ", 4000) + "x\n", "one in the other"},
		"colons on one line":         {"hops: " + strings.Repeat("a: ", 80_000), "longer than 8 KiB"},
		"a large file":               {plain + strings.Repeat("# nothing\n", 30_000), "larger than 256 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			_, err := Load(folderWith(t, c.content))
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, FileName)
			require.Less(t, time.Since(begin), 30*time.Second) // it takes milliseconds
		})
	}
}

// aliases writes lists, each of which holds the one before it nine times.
func aliases(head, level, value string) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	inside := value
	for i := range 12 {
		fmt.Fprintf(&b, level, i, inside)
		inside = strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ",")
	}
	return b.String()
}

// A pipe or a folder called hops.yaml is not waited for.
func TestNoRegularFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, FileName), 0o700))
	_, err := Load(dir)
	require.ErrorContains(t, err, FileName+": it is no regular file")
}

// A few aliases are as good as anything else.
func TestAliases(t *testing.T) {
	c, err := Load(folderWith(t, "hops:\n  - {name: elb, file: a.pcap}\n  - &nginx {name: nginx, file: b.pcap}\npreserve: &all [Upgrade, Connection]\nstrip: *all\n"))
	require.NoError(t, err)
	require.Equal(t, []Hop{{Name: "elb", File: "a.pcap"}, {Name: "nginx", File: "b.pcap"}}, c.Hops)
	require.Equal(t, []string{"Upgrade", "Connection"}, c.Strip)
}

func folderWith(t *testing.T, content string) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600))
	return dir
}
