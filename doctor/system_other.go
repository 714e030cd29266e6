//go:build !linux

package doctor

// hostSystem asks nothing: only Linux captures.
func hostSystem() *System { return &System{} }
