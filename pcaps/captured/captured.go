// Package captured gives tests captures to begin with: those of the project's
// cases, and those of a folder that the environment names.
package captured

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Variable is the environment variable that names a folder with captures of
// others. What else is in the folder is given too.
const Variable = "HOPHOUND_CORPUS"

// Files gives the captures of the cases and the files of the folder that have at
// most so many bytes, in the order of their paths, those of the cases first.
func Files(tb testing.TB, largest int64) [][]byte {
	tb.Helper()
	files := filesIn(tb, filepath.Join(root(tb), "pcaps"), func(path string, info fs.FileInfo) bool {
		return strings.Contains(filepath.Base(path), ".pcap") && info.Size() <= largest
	})
	require.NotEmpty(tb, files)
	if folder := os.Getenv(Variable); folder != "" {
		files = append(files, filesIn(tb, folder, func(_ string, info fs.FileInfo) bool { return info.Size() <= largest })...)
	}
	return files
}

func filesIn(tb testing.TB, folder string, wanted func(path string, info fs.FileInfo) bool) [][]byte {
	var files [][]byte
	require.NoError(tb, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil || !wanted(path, info) {
			return err
		}
		file, err := os.ReadFile(path)
		files = append(files, file)
		return err
	}))
	return files
}

// root is the folder of the module, somewhere above that of the test.
func root(tb testing.TB) string {
	dir, err := os.Getwd()
	require.NoError(tb, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		require.NotEqual(tb, dir, above, "no go.mod above the test")
		dir = above
	}
}
