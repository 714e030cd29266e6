package report

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hophound/hophound/analyzer"
)

// drawing shows the chain that was found, if nobody named it: what the verdict
// rests on comes before the verdict.
func (t *text) drawing() {
	if t.report.Drawing == nil {
		return
	}
	parts := []string{"clients"}
	for _, hop := range t.report.Hops {
		parts = append(parts, "→ "+hop.Name+" ("+seenAs(hop)+")")
	}
	t.Paragraph("Chain", strings.Join(parts, " "))
	for _, aside := range t.report.Drawing.Aside {
		t.Paragraph("", fmt.Sprintf("without %s (%s in %s): %s", aside.Server, count(aside.Exchanges, "exchange"), aside.Source, aside.Why))
	}
	t.Paragraph("", "If that is not the chain, name its hops, client side first:")
	t.Line("    " + Printable(command(t.report)))
	t.Line("")
}

// seenAs lists the servers of a hop and the other addresses they were seen at.
func seenAs(hop analyzer.Hop) string {
	if len(hop.Also) == 0 {
		return addresses(hop.Servers)
	}
	return addresses(hop.Servers) + ", also seen as " + addresses(hop.Also)
}

// addresses lists the servers of a hop; many of them by their number.
func addresses(servers []netip.AddrPort) string {
	const most = 4
	var parts []string
	for i, s := range servers {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(servers)-most))
			break
		}
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}

// command is the command line that names the hops that were found.
func command(r *analyzer.Report) string {
	parts := []string{"hophound analyze"}
	uses := map[string]int{} // hops by source and port
	for _, hop := range r.Hops {
		for i, source := range hop.Sources {
			for _, port := range hop.Ports[i] {
				uses[fmt.Sprint(source, " ", port)]++
			}
		}
	}
	for _, hop := range r.Hops {
		for i, source := range hop.Sources {
			argument := hop.Name + "=" + source
			if len(hop.Ports[i]) == 0 {
				parts = append(parts, argument)
			}
			for _, port := range hop.Ports[i] {
				if uses[fmt.Sprint(source, " ", port)] == 1 {
					parts = append(parts, fmt.Sprintf("%s@:%d", argument, port))
					continue
				}
				for _, server := range hop.Servers { // the port alone does not tell
					if server.Port() == port {
						parts = append(parts, argument+"@"+server.String())
					}
				}
			}
		}
	}
	for i, part := range parts[1:] {
		parts[1+i] = shellWord(part)
	}
	return strings.Join(parts, " ")
}

// shellWord writes a word so that a shell takes it as it is (POSIX.1-2017, Shell Command
// Language §2.2.2).
func shellWord(word string) string {
	const plain = "%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
	if strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
