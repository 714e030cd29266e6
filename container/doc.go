// Package container finds containers from outside, without asking whoever runs
// them: which container a process is in, what it is called, and which process
// is in a container of some name.
//
//	/proc/PID/cgroup → id → name        [IDOf], [Name]
//	name → ids → /proc/PID/cgroup → PID  [Find]
//
// Ids stand in the control groups of processes (cgroups(7)), names in the files
// that Docker, Podman, CRI-O and containerd write; see layout.go for where. All
// functions read from the root of a file system, which is the host's.
package container
