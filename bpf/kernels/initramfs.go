//go:build linux

package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// image is what the kernel finds as its root file system: paths without a
// leading slash, and what they hold.
type image struct {
	files map[string]file
}

type file struct {
	mode    fs.FileMode
	content []byte
}

func (i *image) add(name string, mode fs.FileMode, content []byte) {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		i.files[dir] = file{mode: fs.ModeDir | 0o755}
	}
	i.files[name] = file{mode, content}
}

// with gives an image that has modules, too, numbered in the order in which
// they are to be loaded.
func (i *image) with(loaded map[string][]byte) *image {
	more := &image{maps.Clone(i.files)}
	for n, name := range modules {
		if content, ok := loaded[name]; ok {
			more.add(fmt.Sprintf("modules/%02d-%s.ko", n, name), 0o644, content)
		}
	}
	return more
}

// write writes the image as a compressed cpio archive, the kernel's "newc"
// (Documentation/driver-api/early-userspace/buffer-format.rst).
func (i *image) write(to string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	zipped, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w := &archive{Writer: bufio.NewWriter(zipped)}
	for _, name := range slices.Sorted(maps.Keys(i.files)) {
		if err := w.entry(name, i.files[name]); err != nil {
			return err
		}
	}
	if err := w.entry("TRAILER!!!", file{}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return f.Close()
}

// archive is a cpio archive.
type archive struct {
	*bufio.Writer
	inode int
}

func (a *archive) entry(name string, f file) error {
	const directory, regular = 0o040000, 0o100000
	a.inode++
	mode, links := uint32(f.mode.Perm())|regular, 1
	if f.mode.IsDir() {
		mode, links = uint32(f.mode.Perm())|directory, 2
	}
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		a.inode, mode, 0, 0, links, 0, len(f.content), 0, 0, 0, 0, len(name)+1, 0)
	for _, part := range []string{header + name + "\x00", string(f.content)} {
		if _, err := io.WriteString(a, part+strings.Repeat("\x00", padding(len(part)))); err != nil {
			return err
		}
	}
	return nil
}

// padding is what is missing to a multiple of four.
func padding(n int) int { return -n & 3 }
