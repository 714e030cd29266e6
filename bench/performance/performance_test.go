package performance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSpread(t *testing.T) {
	tests := []struct {
		figures []float64
		want    Spread
		written string
	}{
		{nil, Spread{}, "0.00"},
		{[]float64{2}, Spread{2, 2, 2}, "2.00"},
		{[]float64{3, 1, 2}, Spread{1, 2, 3}, "2.00 (1.00–3.00)"},
		{[]float64{4, 1, 2, 3}, Spread{1, 2.5, 4}, "2.50 (1.00–4.00)"},
		{[]float64{1.0001, 1.0002}, Spread{1.0001, 1.00015, 1.0002}, "1.00"},
	}
	for _, test := range tests {
		before := append([]float64(nil), test.figures...)
		got := SpreadOf(test.figures)
		assert.InDeltaSlice(t, []float64{test.want.Min, test.want.Median, test.want.Max}, []float64{got.Min, got.Median, got.Max}, 1e-9)
		assert.Equal(t, test.written, got.String())
		assert.Equal(t, before, test.figures, "it is not sorted in its place")
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 0.01234: "0.0123", 0.000012: "0.0000", 1.234: "1.23", 45.67: "45.7", 789.1: "789", 12345.6: "12346", -2: "-2.00"} {
		assert.Equal(t, want, Figure(v))
	}
}

func TestTable(t *testing.T) {
	got := Table(1, []string{"program", "s"}, [][]string{{"hophound", "0.10"}, {"–", "17"}, {"short"}})
	assert.Equal(t, ""+
		"| program  |    s |\n"+
		"|----------|-----:|\n"+
		"| hophound | 0.10 |\n"+
		"| –        |   17 |\n"+
		"| short    |      |\n", got)
}

func TestWriteSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "PERFORMANCE.md")
	require.NoError(t, os.WriteFile(path, []byte("# Speed\n\n<!-- measured: files -->\nold\n<!-- end: files -->\n\nand\n\n<!-- measured: live -->\n<!-- end: live -->\nend\n"), 0o644))
	require.NoError(t, WriteSection(path, "live", "| b |\n"))
	require.NoError(t, WriteSection(path, "files", "first"))
	require.NoError(t, WriteSection(path, "files", "\n| a |\n\n"))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "# Speed\n\n<!-- measured: files -->\n\n| a |\n\n<!-- end: files -->\n\nand\n\n<!-- measured: live -->\n\n| b |\n\n<!-- end: live -->\nend\n", string(got))

	require.ErrorContains(t, WriteSection(path, "memory", "x"), `find the lines "<!-- measured: memory -->"`)
	require.ErrorIs(t, WriteSection(path+".gone", "files", "x"), os.ErrNotExist)
	unchanged, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, got, unchanged)
}

func TestMachineNamesWhatMatters(t *testing.T) {
	said := Machine(t.Context())
	assert.Contains(t, said, "cores")
	assert.Contains(t, said, "go1.")
	assert.NotContains(t, said, "  ")
}

func TestVersionsLeavesOutWhatCannotRun(t *testing.T) {
	assert.Equal(t, ".", Versions(t.Context(), []string{filepath.Join(t.TempDir(), "absent")}))
}

// Whoever has measured for minutes finds a place for it.
func TestDocumentHasEverySection(t *testing.T) {
	document, err := os.ReadFile("../../docs/PERFORMANCE.md")
	require.NoError(t, err)
	for _, name := range []string{"files", "memory", "live"} {
		_, err := replaceSection(string(document), name, "figures")
		assert.NoError(t, err)
	}
}
