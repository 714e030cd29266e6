package process

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// openFiles finds which process has a socket open.
type openFiles struct {
	root   fs.FS
	likely []int // processes that had sockets before: most new ones are theirs
}

func newOpenFiles(root fs.FS) *openFiles { return &openFiles{root: root} }

// find sets, for each inode of a socket, the process that has it open; it stays
// 0 where none is found. The processes known for sockets are looked at first,
// and the others only if something is missing.
func (f *openFiles) find(inodes map[uint32]int) {
	missing := len(inodes)
	search := func(pid int) {
		if found := f.match(pid, inodes); found > 0 {
			missing -= found
			if !slices.Contains(f.likely, pid) {
				f.likely = append(f.likely, pid)
			}
		}
	}
	for _, pid := range slices.Clone(f.likely) {
		search(pid)
	}
	if missing == 0 {
		return
	}
	all := f.processes()
	f.likely = slices.DeleteFunc(f.likely, func(pid int) bool { return !slices.Contains(all, pid) })
	for _, pid := range all {
		if missing > 0 {
			search(pid)
		}
	}
	slices.Sort(f.likely)
}

// processes lists all, the lowest id first: a parent before its children.
func (f *openFiles) processes() []int {
	folders, err := fs.ReadDir(f.root, "proc")
	if err != nil {
		return nil
	}
	var all []int
	for _, folder := range folders {
		if pid, err := strconv.Atoi(folder.Name()); err == nil {
			all = append(all, pid)
		}
	}
	slices.Sort(all)
	return all
}

// match looks through the open files of one process, and counts what it found.
func (f *openFiles) match(pid int, inodes map[uint32]int) (found int) {
	folder := path.Join("proc", strconv.Itoa(pid), "fd")
	files, err := fs.ReadDir(f.root, folder)
	if err != nil {
		return 0 // it is gone, or not ours to look at
	}
	for _, file := range files {
		target, err := fs.ReadLink(f.root, path.Join(folder, file.Name()))
		if err != nil {
			continue
		}
		number, ok := strings.CutPrefix(target, "socket:[")
		if !ok {
			continue
		}
		inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 32)
		if err != nil {
			continue
		}
		if owner, wanted := inodes[uint32(inode)]; wanted && owner == 0 {
			inodes[uint32(inode)] = pid
			found++
		}
	}
	return found
}
