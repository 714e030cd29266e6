package capture

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rotation writes packets and notes where each went.
type rotation struct {
	*Rotator
	from  *Track
	now   time.Time
	ended []string
}

func newRotation(t *testing.T, o RotateOptions) *rotation {
	r := &rotation{now: time.Date(2026, time.March, 9, 7, 5, 3, 0, time.UTC)}
	o.Path = filepath.Join(t.TempDir(), o.Path)
	o.Ended = func(path string) { r.ended = append(r.ended, filepath.Base(path)) }
	var err error
	r.Rotator, err = NewRotator(o, WriterOptions{Now: func() time.Time { return r.now }})
	require.NoError(t, err)
	r.from = track(t, r.Writer, &tracked{interfaces: []Interface{eth0}})
	return r
}

// The names are those that tcpdump 4.99 gives (tcpdump.c, MakeFilename and
// dump_packet).
func TestRotateNames(t *testing.T) {
	const packet = 1000 // bytes; two of them are more than Bytes
	for _, test := range []struct {
		name    string
		options RotateOptions
		step    time.Duration // from packet to packet
		files   []string      // of each packet
		limit   int           // packets after which the file limit is reached; 0 is never
	}{
		{"one file", RotateOptions{Path: "f"}, time.Hour,
			[]string{"f", "f", "f"}, 0},
		{"percent signs without -G", RotateOptions{Path: "f%S%"}, time.Hour,
			[]string{"f%S%", "f%S%"}, 0},
		{"-C", RotateOptions{Path: "f", Bytes: 1800}, 0,
			[]string{"f", "f", "f1", "f1", "f2", "f2", "f3"}, 0},
		{"-C -W 3", RotateOptions{Path: "f", Bytes: 1800, Count: 3}, 0,
			[]string{"f0", "f0", "f1", "f1", "f2", "f2", "f0", "f0", "f1"}, 0},
		{"-C -W 11: numbers that sort", RotateOptions{Path: "f", Bytes: 800, Count: 11}, 0,
			[]string{"f00", "f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f00"}, 0},
		{"-C -W 10: one digit", RotateOptions{Path: "f", Bytes: 800, Count: 10}, 0,
			[]string{"f0", "f1", "f2"}, 0},
		{"-C -W 1", RotateOptions{Path: "f", Bytes: 1800, Count: 1}, 0,
			[]string{"f", "f", "f", "f"}, 0},
		{"-G", RotateOptions{Path: "f-%H%M%S", Every: 10}, 5 * time.Second,
			[]string{"f-070503", "f-070503", "f-070513", "f-070513", "f-070523"}, 0},
		{"-G after a silence", RotateOptions{Path: "f-%s", Every: 10}, time.Hour,
			[]string{"f-1773039903", "f-1773043503", "f-1773047103"}, 0},
		{"-G without a time in the name", RotateOptions{Path: "f", Every: 10}, 10 * time.Second,
			[]string{"f", "f"}, 0},
		{"-G -W 2", RotateOptions{Path: "f-%M%S", Every: 10, Count: 2}, 10 * time.Second,
			[]string{"f-0503", "f-0513"}, 2},
		{"-G -C", RotateOptions{Path: "f-%M%S.", Every: 10, Bytes: 800}, 4 * time.Second,
			[]string{"f-0503.", "f-0503.1", "f-0503.2", "f-0515.", "f-0515.1", "f-0515.2", "f-0527."}, 0},
		{"-G -C -W 2: around in each period", RotateOptions{Path: "f-%M%S.", Every: 10, Bytes: 800, Count: 2}, 3 * time.Second,
			[]string{"f-0503.0", "f-0503.1", "f-0503.0", "f-0503.1", "f-0515.0"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRotation(t, test.options)
			p := seen{Data: string(make([]byte, packet))}.packet()
			for i, file := range test.files {
				if i > 0 {
					r.now = r.now.Add(test.step)
				}
				require.NoError(t, r.from.Write(p))
				assert.Equal(t, file, filepath.Base(r.Path()), "packet %d", i+1)
			}
			if test.limit > 0 {
				r.now = r.now.Add(test.step)
				assert.ErrorIs(t, r.from.Write(p), ErrFileLimit)
				assert.ErrorIs(t, r.from.Write(p), ErrFileLimit)
			}
			require.NoError(t, r.Close())
			require.NoError(t, r.Close(), "twice")
			assert.Equal(t, test.files[len(test.files)-1], r.ended[len(r.ended)-1])
		})
	}
}

// Each file is whole by itself: interfaces, packets, and the drops of its time.
func TestRotateFiles(t *testing.T) {
	r := newRotation(t, RotateOptions{Path: "%M%S", Every: 10})
	source := &tracked{interfaces: []Interface{eth0, {Name: "veth1", Link: LinkEthernet}}}
	from := track(t, r.Writer, source)
	for i := range 3 {
		require.NoError(t, from.Write(seen{Interface: 1, Data: frame}.packet()))
		require.NoError(t, from.Write(seen{Interface: 0, Data: frame, Comment: "two"}.packet()))
		source.dropped += uint64(i + 1)
		r.now = r.now.Add(10 * time.Second)
	}
	require.NoError(t, r.Close())
	require.Equal(t, []string{"0503", "0513", "0523"}, r.ended)
	for i, name := range r.ended {
		path := filepath.Join(filepath.Dir(r.Path()), name)
		f, err := Open(path)
		require.NoError(t, err)
		closeAtEnd(t, f)
		packets := readAll(t, f)
		require.Len(t, packets, 2)
		assert.Equal(t, "veth1", f.Interfaces()[packets[0].Interface].Name)
		assert.Equal(t, "eth0", f.Interfaces()[packets[1].Interface].Name)
		assert.Equal(t, uint64(i+1), f.Stats().Dropped, name)
		assert.Empty(t, f.Stats().Damage)
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

// Files are as long as their time also when nothing is to be written.
func TestRotateInSilence(t *testing.T) {
	r := newRotation(t, RotateOptions{Path: "%M%S", Every: 10, Count: 3})
	name := func() string { return filepath.Base(r.Path()) }
	require.NoError(t, r.Turn())
	assert.Equal(t, "0503", name(), "it is not time yet")
	r.now = r.now.Add(9 * time.Second)
	require.NoError(t, r.Turn())
	assert.Equal(t, "0503", name())
	r.now = r.now.Add(time.Second)
	require.NoError(t, r.Turn())
	require.NoError(t, r.Turn(), "once is enough")
	assert.Equal(t, "0513", name())
	assert.Equal(t, []string{"0503"}, r.ended)

	require.NoError(t, r.from.Write(seen{Data: frame}.packet()))
	assert.Equal(t, "0513", name())
	r.now = r.now.Add(12 * time.Second)
	require.NoError(t, r.Turn())
	assert.Equal(t, "0525", name())
	r.now = r.now.Add(10 * time.Second)
	assert.ErrorIs(t, r.Turn(), ErrFileLimit)
	assert.ErrorIs(t, r.Turn(), ErrFileLimit)
	assert.ErrorIs(t, r.from.Write(seen{Data: frame}.packet()), ErrFileLimit)
	require.NoError(t, r.Close())
	assert.Equal(t, []string{"0503", "0513", "0525"}, r.ended)

	for name, packets := range map[string]int{"0503": 0, "0513": 1, "0525": 0} {
		f, err := Open(filepath.Join(filepath.Dir(r.Path()), name))
		require.NoError(t, err)
		closeAtEnd(t, f)
		assert.Len(t, readAll(t, f), packets, name)
		assert.Equal(t, "eth0", f.Interfaces()[0].Name, name)
	}
}

// The size alone turns with packets only, as tcpdump does.
func TestTurnLeavesSizesAlone(t *testing.T) {
	for _, o := range []RotateOptions{{Path: "f"}, {Path: "f", Bytes: 800}} {
		r := newRotation(t, o)
		require.NoError(t, r.from.Write(seen{Data: string(make([]byte, 1000))}.packet()))
		r.now = r.now.Add(time.Hour)
		require.NoError(t, r.Turn())
		assert.Equal(t, "f", filepath.Base(r.Path()))
		require.NoError(t, r.Close())
	}
}

// What a ring of files will overwrite is looked at before the capture begins.
func TestRotateIntoWhatIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "f2"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f1"), []byte("old"), 0o600))
	_, err := NewRotator(RotateOptions{Path: filepath.Join(dir, "f"), Bytes: 100, Count: 3}, WriterOptions{})
	assert.ErrorContains(t, err, "prepare capture file 3 of 3: open "+filepath.Join(dir, "f2"))
	text, err := os.ReadFile(filepath.Join(dir, "f1"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(text), "it is overwritten when its turn comes, not before")
}

func TestRotateErrors(t *testing.T) {
	_, err := NewRotator(RotateOptions{Path: "/nonexistent/f"}, WriterOptions{})
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = NewRotator(RotateOptions{Path: "f%Q", Every: 1}, WriterOptions{})
	assert.ErrorContains(t, err, "%Q is not known here")
	_, err = NewRotator(RotateOptions{Path: "f%", Every: 1}, WriterOptions{})
	assert.ErrorContains(t, err, "write %%")

	r := newRotation(t, RotateOptions{Path: "%s", Every: 10})
	require.NoError(t, os.RemoveAll(filepath.Dir(r.Path())))
	r.now = r.now.Add(time.Minute)
	err = r.from.Write(seen{}.packet())
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.Equal(t, err, r.from.Write(seen{}.packet()))
	assert.NoError(t, r.Close(), "it was told")
}

func TestStrftime(t *testing.T) {
	at := time.Date(2026, time.January, 4, 0, 7, 8, 0, time.FixedZone("CET", 3600)) // a Sunday
	for format, want := range map[string]string{
		"plain": "plain", "100%%": "100%", "%Y%m%d-%H%M%S": "20260104-000708", "%F_%T": "2026-01-04_00:07:08",
		"%y%j": "26004", "%s": "1767481628", "%a %A %b %h %B": "Sun Sunday Jan Jan January", "%e|%k|%l": " 4| 0|12",
		"%I%p": "12AM", "%z %Z": "+0100 CET", "%u%w": "70", "%U %W %V %G %g": "01 00 01 2026 26",
		"%C": "20", "%D %R %r": "01/04/26 00:07 12:07:08 AM", "%c": "Sun Jan  4 00:07:08 2026", "%n%t": "\n\t",
	} {
		got, err := strftime(format, at)
		require.NoError(t, err)
		assert.Equal(t, want, got, format)
	}
}
