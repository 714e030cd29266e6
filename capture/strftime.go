package capture

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// strftime replaces the conversions of strftime(3) in format, in the C locale.
// Those that are rare in names of files are refused.
func strftime(format string, t time.Time) (string, error) {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(format, "%")
		b.WriteString(text)
		if !found {
			return b.String(), nil
		}
		if rest == "" {
			return "", fmt.Errorf("name a file by %q: a %% at its end stands for nothing; write %%%%", format)
		}
		value, ok := conversion(rest[0], t)
		if !ok {
			return "", fmt.Errorf("name a file by the time: %%%c is not known here; %%Y %%m %%d %%H %%M %%S %%F %%T %%s and others are", rest[0])
		}
		b.WriteString(value)
		format = rest[1:]
	}
}

func conversion(letter byte, t time.Time) (value string, ok bool) {
	if layout, ok := layoutOf(letter); ok {
		return t.Format(layout), true
	}
	switch letter {
	case '%':
		return "%", true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case 's':
		return strconv.FormatInt(t.Unix(), 10), true
	case 'k':
		return fmt.Sprintf("%2d", t.Hour()), true
	case 'l':
		return fmt.Sprintf("%2d", (t.Hour()+11)%12+1), true
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100), true
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1), true
	case 'w':
		return strconv.Itoa(int(t.Weekday())), true
	case 'G':
		year, _ := t.ISOWeek()
		return strconv.Itoa(year), true
	case 'g':
		year, _ := t.ISOWeek()
		return fmt.Sprintf("%02d", year%100), true
	case 'V':
		_, week := t.ISOWeek()
		return fmt.Sprintf("%02d", week), true
	case 'U':
		return fmt.Sprintf("%02d", (t.YearDay()+6-int(t.Weekday()))/7), true
	case 'W':
		return fmt.Sprintf("%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7), true
	}
	return "", false
}

// layoutOf gives package time's words for a conversion.
func layoutOf(letter byte) (layout string, ok bool) {
	switch letter {
	case 'a':
		return "Mon", true
	case 'A':
		return "Monday", true
	case 'b', 'h':
		return "Jan", true
	case 'B':
		return "January", true
	case 'c':
		return "Mon Jan _2 15:04:05 2006", true
	case 'd':
		return "02", true
	case 'D', 'x':
		return "01/02/06", true
	case 'e':
		return "_2", true
	case 'F':
		return "2006-01-02", true
	case 'H':
		return "15", true
	case 'I':
		return "03", true
	case 'j':
		return "002", true
	case 'm':
		return "01", true
	case 'M':
		return "04", true
	case 'p':
		return "PM", true
	case 'r':
		return "03:04:05 PM", true
	case 'R':
		return "15:04", true
	case 'S':
		return "05", true
	case 'T', 'X':
		return "15:04:05", true
	case 'y':
		return "06", true
	case 'Y':
		return "2006", true
	case 'z':
		return "-0700", true
	case 'Z':
		return "MST", true
	}
	return "", false
}
